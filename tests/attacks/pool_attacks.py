"""Attacks on what the warm pool brought: a workspace that comes later, a server that is told whose it is."""

from __future__ import annotations

from .attack import Attack, ends
from .kernel_attacks import NO_PERMISSION

LOCKED = NO_PERMISSION + ends("EINVAL", called="locked by the kernel")
UNCOVERED_NOTHING = LOCKED + ends("uncovered nothing")
_LOCKED_MOUNTS = "the kernel locks mounts that came from a namespace with more rights"
_EMPTY_ENTRANCE = "below the workspace is at most an empty folder of the machine's root, mounted read-only"
_OWN_TOKEN = "a token goes to one server, by its standard input"

_PLACES = (
    ("", "own", "", True),
    (", in the inner engine's namespaces", "engine", "", True),
    (", in a container with the session's root", "own", "/host", False),
)
MOUNT_ATTACKS = tuple(
    Attack(
        f"{what}{where}",
        probe,
        (f"{root}{path}", namespaces),
        held_by=held_by,
        learner=outcomes if as_learner else None,
        container=None if as_learner else outcomes,
    )
    for what, probe, path, outcomes, held_by in (
        ("unmount the workspace", "unmount", "/workspace", UNCOVERED_NOTHING, _EMPTY_ENTRANCE),
        ("unmount the lab images", "unmount", "/images", LOCKED, _LOCKED_MOUNTS),
        ("remount the lab images for writing", "remount_for_writing", "/images", LOCKED, _LOCKED_MOUNTS),
    )
    for where, namespaces, root, as_learner in _PLACES
)

TOKEN_SEARCHES = (
    Attack(
        "find one's own token in a process",
        "find_word",
        ("{own_token_backwards}",),
        held_by="not held: what a terminal starts has it",
        learner=ends("seen in environ"),
    ),
    Attack(
        "find the neighbour's token in a process",
        "find_word",
        ("{neighbours_token_backwards}",),
        held_by=_OWN_TOKEN + "; own process namespace",
        learner=ends("not seen"),
        container=ends("not seen"),
    ),
    Attack(
        "tell the server once more whose it is",
        "speak_to_own_server",
        ('{{"environment": {{}}, "arguments": []}}',),
        held_by="it reads one line, and its standard input is then /dev/null",
        learner=ends("/dev/null"),
    ),
)

POOL_ATTACKS = (*MOUNT_ATTACKS, *TOKEN_SEARCHES)
