"""Attempts to take all there is of something, one after another, with the neighbour measured meanwhile."""

from __future__ import annotations

from .attack import Attack, ends

ENDED = "no word: it was ended"
CONTROL_GROUP = "the session's control group"
OWN_DISK = "a disk of the session's own"

PROCESSOR = Attack(
    "compute in 4 processes",
    "spin",
    (4, 4),
    held_by=f"{CONTROL_GROUP}: 1 processor",
    learner=ends("at most its processor"),
    container=ends("at most its processor"),
)
MEMORY = Attack(
    "use 1.7 GB of memory in 14 processes",
    "hog_memory",
    (14, 120, 4),
    held_by=f"{CONTROL_GROUP}: 1.5 GB, swap included; the inner engine's tree is ended first",
    learner=ends("some were killed"),
    container=ends("some were killed", ENDED),
)
PROCESSES = Attack(
    "start processes without end",
    "bomb_with_processes",
    (8,),
    held_by=f"{CONTROL_GROUP}: 512 processes; engine_supervisor.py ends who has taken them all",
    learner=ends("EAGAIN", ENDED),
    container=ends("EAGAIN", ENDED),
)
OPEN_FILES = Attack(
    "open files without end",
    "open_many_files",
    (40_000,),
    held_by="a limit of 16,384 for each process",
    learner=ends("EMFILE"),
    container=ends("EMFILE"),
)
INOTIFY = Attack(
    "take every inotify instance, which all sessions' user shares",
    "take_inotify",
    (1_000_000, 4),
    held_by="the machine's limit is above what a session's memory and open files allow",
    learner=ends("took what it could"),
)
CONNECTIONS = tuple(
    Attack(
        f"hold 600 connections to the {what}",
        "flood_with_connections",
        ("{gateway}", port, 600, 2),
        held_by="the firewall: connections of one session",
        learner=ends("some were refused"),
    )
    for what, port in (("hub", "{hub_port}"), ("egress proxy", "{egress_port}"))
)
REQUESTS = Attack(
    "ask the hub as fast as it goes",
    "flood_with_requests",
    ("{gateway}", "{hub_port}", "/hub/api/", 8, 4),
    held_by="the firewall: new connections a second; one processor",
    learner=ends("asked"),
)
DISKS = tuple(
    Attack(
        f"fill {folder}",
        "fill_disk",
        (folder, megabytes),
        held_by=held_by,
        learner=ends("ENOSPC"),
    )
    for folder, megabytes, held_by in (
        ("/workspace", 200, OWN_DISK),
        ("/engine", 400, OWN_DISK),
        ("/tmp", 250, "tmpfs of 200 MB"),
        ("/home/jovyan", 100, "tmpfs of 64 MB"),
    )
)
FILES = tuple(
    Attack(
        f"make files without end in {folder}",
        "make_files",
        (folder, most),
        held_by=held_by,
        learner=ends("ENOSPC"),
    )
    for folder, most, held_by in (
        ("/workspace", 20_000, OWN_DISK),
        ("/engine", 40_000, OWN_DISK),
        ("/tmp", 25_000, "tmpfs of 20,000 files"),
    )
)

EXHAUSTION = (
    *(PROCESSOR, MEMORY, PROCESSES, OPEN_FILES),
    *CONNECTIONS,
    REQUESTS,
    *DISKS,
    *FILES,
)
