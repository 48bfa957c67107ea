"""One command at a time where two would undo each other's work: locks on files in the state folder.

The kernel lets go of a lock when its process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub_config.settings import Settings

from .progress import Progress


def make_state_dir(settings: Settings) -> Path:
    """The state folder, which only its owner can read."""
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.state_dir.chmod(0o700)
    return settings.state_dir


@contextmanager
def state_lock(settings: Settings, name: str, progress: Progress) -> Iterator[None]:
    """Hold the lock `name`, after waiting for whoever has it."""
    with _open(settings, name) as lock:
        if not _try(lock):
            progress.say(f"Waiting for another containrlab command ({name}) to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def try_state_lock(settings: Settings, name: str) -> Iterator[bool]:
    """Hold the lock `name`; yields False, at once, where another process has it."""
    with _open(settings, name) as lock:
        yield _try(lock)


def is_locked(settings: Settings, name: str) -> bool:
    """True while a process holds the lock `name`; makes no file and leaves the lock as it is."""
    try:
        lock = os.open(settings.state_dir / f"{name}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


@contextmanager
def shared_state_lock(settings: Settings, name: str) -> Iterator[Callable[[], bool]]:
    """Hold the lock `name` together with others.

    Yields a function to call once at the end: True where nobody else holds it, and nobody can before this
    block is left.
    """
    with _open(settings, name) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield lambda: _try(lock)


@contextmanager
def _open(settings: Settings, name: str) -> Iterator[int]:
    lock = os.open(make_state_dir(settings) / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield lock
    finally:
        os.close(lock)


def _try(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
