"""Free space where the engine and the state folder keep their data."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hub_config.capacity import allowed_sessions
from spawner.session_policy import MEBIBYTE

from .check import Check, Finding, Group, NotLookedAt, failed, passed, warned
from .machine import Machine

LEAST_BYTES = 2 * 1024 * MEBIBYTE
LEAST_FILES = 200_000
_MEND = "docker image prune (asks first), or a larger disk"


@dataclass(frozen=True)
class Room:
    """What is free for `folder`; file systems without a fixed number of files have none (btrfs)."""

    folder: Path
    device: int
    free_bytes: int
    free_files: int | None


def read_room(folder: Path) -> Room:
    """Of the nearest folder that is there already."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    facts = os.statvfs(there)
    return Room(
        folder,
        there.stat().st_dev,
        facts.f_bavail * facts.f_frsize,
        facts.f_favail if facts.f_files else None,
    )


def judge_disk_space(rooms: Sequence[Room], full_bytes: int) -> Finding:
    """`full_bytes` is what all sessions and sandboxes take together when each has filled its disk."""
    distinct = list({room.device: room for room in reversed(rooms)}.values())
    seen = ", ".join(f"{room.free_bytes / 1e9:.0f} GB free for {room.folder}" for room in distinct)
    for room in distinct:
        if room.free_files is not None and room.free_files < LEAST_FILES:
            return failed(f"{seen}, but only {room.free_files} files", _MEND)
    if any(room.free_bytes < LEAST_BYTES for room in distinct):
        return failed(f"{seen}; {LEAST_BYTES / 1e9:.0f} GB is the least", _MEND)
    free = sum(room.free_bytes for room in distinct)
    if free < full_bytes:
        return warned(f"{seen}; full disks of all sessions take {full_bytes / 1e9:.0f} GB", _MEND)
    return passed(f"{seen}; full disks of all sessions take {full_bytes / 1e9:.0f} GB")


def _look(machine: Machine) -> Finding:
    settings = machine.settings
    folders = [settings.state_dir]
    with suppress(NotLookedAt):  # the state folder's room is worth knowing all the same
        folders.insert(0, Path(machine.local_engine().data_root))
    one_session = (settings.session_disk_mb + settings.workspace_mb) * MEBIBYTE
    sessions = allowed_sessions(settings) * one_session
    sandboxes = settings.judge_sandboxes * settings.judge_disk_mb * MEBIBYTE
    return judge_disk_space([read_room(folder) for folder in folders], sessions + sandboxes)


DISK_SPACE = Check(
    "disk_space", Group.ROOM, "A full disk stops the engine, the databases and every learner at once.", _look
)
