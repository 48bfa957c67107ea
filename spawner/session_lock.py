"""A lock for each session by its name, so that nothing is removed while its learner starts a new one.

What sessions have here goes by their names, and a learner's next session has the same one. So whoever removes
what a session left holds its lock: the hub, before it makes anything new and after a session's end, and the
course service, which looks for what nobody owns. The kernel lets go of a lock when its process ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = "session-locks"
"""Folder in the state folder; an empty file for each name that there ever was."""


@contextmanager
def session_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of the session `name`, after waiting for whoever has it; `folder` is the state folder."""
    with _open(folder, name) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def try_session_lock(folder: Path, name: str) -> Iterator[bool]:
    """Hold it; yields False, at once, where somebody else has it."""
    with _open(folder, name) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def _open(folder: Path, name: str) -> Iterator[int]:
    locks = folder / LOCKS
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(locks / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)
