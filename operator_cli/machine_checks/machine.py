"""This machine, as the checks look at it: what several of them need is read once and shared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from hub_config.settings import Settings

from ..packages import Packages
from ..progress import Progress
from .check import NotLookedAt
from .engine_facts import EngineFacts, read_engine
from .registry_answers import RegistryAnswer, ask_registries

T = TypeVar("T")


class Machine:
    """Settings, and answers that are asked for once; `packages` and `progress` are for fixes."""

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self.settings = settings
        self.progress = progress
        self.packages = Packages(progress)
        self._engine = _Once(read_engine)
        self._registries = _Once(lambda: ask_registries(settings.egress_hosts, settings.extra_ca))

    def engine(self) -> EngineFacts:
        """The engine's answers. Raises `NotLookedAt` where there are none."""
        return self._engine.get()

    def local_engine(self) -> EngineFacts:
        """The same, for what is then looked at on this machine's disk. Raises `NotLookedAt`."""
        engine = self.engine()
        if not engine.is_local:
            raise NotLookedAt(f"the engine at {engine.address} is another machine's")
        return engine

    def registries(self) -> list[RegistryAnswer]:
        """What each allowed host answered."""
        return self._registries.get()


class _Once(Generic[T]):
    """Reads at the first call; the others, from whatever thread, get the same answer or the same refusal."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._answers: list[T] = []
        self._refusal: NotLookedAt | None = None

    def get(self) -> T:
        with self._lock:
            if self._refusal is not None:
                raise self._refusal
            if not self._answers:
                try:
                    self._answers.append(self._read())
                except NotLookedAt as refusal:
                    self._refusal = refusal
                    raise
            return self._answers[0]
