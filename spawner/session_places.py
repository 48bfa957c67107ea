"""The queue of one hub, with the spawners that are in it: wakes who waits when it moves."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any, Protocol

from .session_queue import SessionQueue, describe_wait

LOOK_SECONDS = 10
"""How often who waits looks again: expected waits shrink, and a place may have been left behind."""


class PlaceTaker(Protocol):
    """What is asked of a spawner here."""

    user: Any
    orm_spawner: Any
    active: bool
    pending: str | None

    async def is_gone(self) -> bool:
        """Whether nothing of its server runs."""


class SessionPlaces:
    """All methods are called in the hub's event loop, and none but the coroutines lets another run."""

    def __init__(self, places: int, usual_seconds: float) -> None:
        self._queue = SessionQueue(places, usual_seconds)
        self._spawners: dict[str, PlaceTaker] = {}
        self._move = asyncio.Event()

    def ask(self, spawner: PlaceTaker) -> bool:
        """Whether this spawner has a place now; else it is in the line.

        Admins go ahead there: they are few, and a class that waits for its teacher waits as a whole.
        """
        if self._spawners.get(_name(spawner)) is not spawner:
            self._spawners[_name(spawner)] = spawner
            self._wake()  # pages that have asked already, and those of learners who now are further back
        return self._queue.ask(_name(spawner), time.time(), may_go_ahead=spawner.user.admin)

    def keep(self, spawner: PlaceTaker, since: float) -> None:
        """Count a session that ran before this hub did."""
        self._spawners[_name(spawner)] = spawner
        self._queue.keep(_name(spawner), since)

    def leave(self, spawner: PlaceTaker) -> None:
        """Give back this spawner's place, or its place in the line."""
        if self._spawners.get(_name(spawner)) is spawner:
            del self._spawners[_name(spawner)]
            self._queue.leave(_name(spawner), time.time())
            self._wake()

    def holds(self, spawner: PlaceTaker) -> bool:
        """Whether it has a place."""
        return _name(spawner) in self._queue.holders

    @property
    def free(self) -> int:
        """Places that nobody has and nobody waits for."""
        return max(0, self._queue.places - len(self._queue.holders) - len(self._queue.line))

    @property
    def is_starting(self) -> bool:
        """Whether a session that has its place is on its way."""
        return any(self._spawners[name].pending == "spawn" for name in self._queue.holders)

    def find_wait(self, spawner: PlaceTaker) -> tuple[int, float] | None:
        """Place in the line and expected seconds of a learner who waits; None for who does not."""
        position = self._queue.position(_name(spawner))
        return None if position is None else (position, self._queue.wait_seconds(position, time.time()))

    def describe(self, spawner: PlaceTaker) -> str | None:
        """The sentence for a learner who waits; None for who does not."""
        wait = self.find_wait(spawner)
        return describe_wait(*wait) if wait else None

    async def moved(self) -> None:
        """Returns when somebody left, or after `LOOK_SECONDS`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._move.wait()

    async def take_back_left_behind(self, spawner: PlaceTaker) -> None:
        """Where `spawner` is next: take back places whose server was not gone when JupyterHub gave it up."""
        if self._queue.position(_name(spawner)) != 1:
            return
        for holder in [self._spawners[name] for name in self._queue.holders]:
            if not holder.active and await holder.is_gone() and not holder.active:
                self.leave(holder)

    def _wake(self) -> None:
        self._move.set()
        self._move = asyncio.Event()


def _name(spawner: PlaceTaker) -> str:
    return str(spawner.orm_spawner.id)  # not the learner's name, which may be changed meanwhile
