"""A lock for each session by its name, so that nothing is removed while its learner starts a new one.

A session's container and mounted workspace go by its name, and its learner's next session has the same one.
So whoever removes what a session left holds its lock: the hub, before it makes anything new and after a
session's end, and the course service, which looks for what nobody owns. The kernel lets go of a lock when its
process ends.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .flock import flocked, try_flocked

LOCKS = "session-locks"
"""Folder in the state folder; an empty file for each name that there ever was."""


@contextmanager
def session_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of the session `name`, after waiting for whoever has it; `folder` is the state folder."""
    with flocked(_file(folder, name), fcntl.LOCK_EX):
        yield


@contextmanager
def try_session_lock(folder: Path, name: str) -> Iterator[bool]:
    """Hold it; yields False, at once, where somebody else has it."""
    with try_flocked(_file(folder, name)) as is_ours:
        yield is_ours


def _file(folder: Path, name: str) -> Path:
    locks = folder / LOCKS
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = locks / f"{name}.lock"
    lock.touch(mode=0o600)
    return lock
