"""Starts the Docker engine again when it dies, where we have started it: else that is systemd's work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from hub_config.settings import Settings
from spawner.docker_engine import connect_engine
from spawner.errors import EngineUnavailable

from .engine import own_engine, start_engine
from .errors import EngineMissing
from .own_process import OwnProcess
from .progress import Progress
from .watching import watching

RETRY_SECONDS = 10.0
SETTLE_SECONDS = 1.0
"""The kernel ends the engine's containerd with it. A new engine that still found it would count on it."""


@contextmanager
def guarded_engine(settings: Settings, progress: Progress) -> Iterator[None]:
    """Start our own engine again, within three seconds, when it dies while the block runs.

    What keeps it from starting is a warning, and it is tried again.
    """
    process = own_engine(settings)
    if not process.is_alive():
        yield
        return
    with watching("engine", EngineGuard(process, progress).look):
        yield


class EngineGuard:
    """Looks after an engine that we have started."""

    def __init__(self, process: OwnProcess, progress: Progress) -> None:
        self._process = process
        self._progress = progress
        self._next_try: float | None = None

    def look(self) -> None:
        """Start it again where it has been dead for a moment and nobody else has started one."""
        if self._process.is_alive():
            self._next_try = None
            return
        if self._next_try is None:
            self._next_try = time.monotonic() + SETTLE_SECONDS
        if time.monotonic() < self._next_try or _engine_answers():
            return
        self._progress.warn("The Docker engine has died; starting it again")
        try:
            start_engine(self._process, again=True).close()
            self._progress.say("The Docker engine answers again")
        except EngineMissing as error:
            self._progress.warn(str(error))
            self._next_try = time.monotonic() + RETRY_SECONDS


def _engine_answers() -> bool:
    try:
        connect_engine().close()
    except EngineUnavailable:
        return False
    return True
