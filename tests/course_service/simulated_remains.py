"""A hub, a machine and who works on it, each step of whom is taken when the test says so."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from course_service.errors import HubUnavailable
from spawner.labels import session_name

INSTANCE = "lab"
PARTS = ("network", "disk", "container", "mount")


@dataclass
class World:
    """What is on the machine, and what the hub's database has; both outlive every process."""

    there: dict[str, dict[str, int]] = field(default_factory=dict)
    """By session's name and part, the number of the start that made it."""
    locks: dict[str, Process] = field(default_factory=dict)
    servers: set[str] = field(default_factory=set)
    is_hub_up: bool = True
    dead: list[Process] = field(default_factory=list)
    """Kept: what they were about to do must not be ended by a collection of garbage."""

    def parts(self, user: str) -> dict[str, int]:
        return self.there.setdefault(session_name(INSTANCE, user), {})

    def remove(self, name: str) -> Iterator[None]:
        """All parts, one at a step."""
        for part in PARTS:
            self.there.get(name, {}).pop(part, None)
            yield

    @contextmanager
    def try_lock(self, name: str, process: Process) -> Iterator[bool]:
        is_ours = self.locks.setdefault(name, process) is process
        try:
            yield is_ours
        finally:
            if is_ours and process.is_alive:
                del self.locks[name]


@dataclass(eq=False)
class Process:
    """Waits at each of its steps for the test to let it go on. Killed, it never does."""

    world: World
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    is_alive: bool = True

    async def step(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if self.is_alive:
                self.waiting.remove(turn)
            raise

    def kill(self) -> None:
        self.is_alive = False
        self.world.dead.append(self)
        self.world.locks = {name: who for name, who in self.world.locks.items() if who is not self}


class SimulatedService(Process):
    """The course service's ways to the hub and to the machine, as the reconciler needs them."""

    async def list_owners(self) -> set[str]:
        return await self._ask_hub(lambda: set(self.world.servers))

    async def has_server(self, user: str) -> bool:
        return await self._ask_hub(lambda: user in self.world.servers)

    def list_sessions(self) -> set[str]:
        return {name for name, parts in self.world.there.items() if parts}

    def try_lock(self, name: str) -> Any:
        return self.world.try_lock(name, self)

    def remove(self, name: str) -> Iterator[None]:
        return self.world.remove(name)

    def remove_scrap(self) -> list[str]:
        return []

    async def in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        """As a thread does, it goes on when nobody waits for it any more."""
        return await asyncio.shield(asyncio.ensure_future(self._call(function, *args)))

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        await self.step()
        answer = function(*args)
        if inspect.isgenerator(answer):
            for _ in answer:
                await self.step()
        await self.step()
        return answer

    async def _ask_hub(self, answer: Callable[[], Any]) -> Any:
        await self.step()
        if not self.world.is_hub_up:
            raise HubUnavailable("The hub does not answer.")
        given = answer()
        await self.step()
        return given


@dataclass(eq=False)
class LearnersStart(Process):
    """The hub's start or stop of a learner's session; killed with the hub."""

    user: str = ""
    number: int = 0
    made: set[str] = field(default_factory=set)
    is_running: bool = False

    async def start(self) -> None:
        self.world.servers.add(self.user)
        await self._remove()
        for part in PARTS:
            await self.step()
            self.world.parts(self.user)[part] = self.number
            self.made.add(part)
        self.is_running = True

    async def stop(self) -> None:
        """The hub has the server until all is gone."""
        self.is_running = False
        self.made.clear()
        await self._remove()
        self.world.servers.discard(self.user)

    async def _remove(self) -> None:
        name = session_name(INSTANCE, self.user)
        is_ours = False
        while not is_ours:
            await self.step()
            with self.world.try_lock(name, self) as is_ours:
                if is_ours:
                    for _ in self.world.remove(name):
                        await self.step()
