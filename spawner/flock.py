"""The kernel's lock on a file or a folder (flock(2)); it ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def flocked(path: Path, how: int) -> Iterator[None]:
    """Hold the lock of what is at `path`; `how` is of `fcntl.LOCK_*`.

    Raises `BlockingIOError` where it is taken and `how` has `LOCK_NB`, and `FileNotFoundError`.
    """
    lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        os.close(lock)


@contextmanager
def try_flocked(path: Path) -> Iterator[bool]:
    """Hold it alone; yields False, at once, where somebody else has it. Raises `FileNotFoundError`."""
    with ExitStack() as held:
        try:
            held.enter_context(flocked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
