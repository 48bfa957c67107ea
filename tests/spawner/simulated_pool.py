"""Sessions that wait in a simulated engine, each step of whose users is taken when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from docker.errors import NotFound

from spawner.errors import EngineUnavailable
from spawner.pool_members import Member
from spawner.session_maker import Session


@dataclass
class Container:
    """A session's."""

    session: Session
    created: int
    is_running: bool = True
    is_prepared: bool = False
    owner: str | None = None
    is_discarded: bool = False


@dataclass
class SimulatedEngine:
    """What there is; and what the hub says that has the pool: `size` and `is_busy`."""

    containers: dict[str, Container] = field(default_factory=dict)
    """By key; what is removed is in it no more."""
    made: int = 0
    recipe: int = 0
    runtime: str = ""
    now: int = 0
    is_down: bool = False
    cannot_remove: bool = False
    size: int = 0
    is_busy: bool = False
    told: list[int | bool] = field(default_factory=list)
    """Of these two, what was told last."""
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def tell_size(self) -> int:
        self.told = [self.size]
        return self.size

    def tell_busy(self) -> bool:
        self.told.append(self.is_busy)
        return self.is_busy

    @property
    def members(self) -> list[Container]:
        """Those that wait, running or not."""
        return [one for one in self.containers.values() if one.owner is None and not one.is_discarded]

    @property
    def maker(self) -> Any:
        """As much of a maker as a pool needs."""
        policy = SimpleNamespace(runtime=self.runtime)
        return SimpleNamespace(find_recipe=lambda _engine: str(self.recipe), policy=policy)

    async def in_members(self, maker: Any, function: Callable[[Any], Any]) -> Any:
        """As a thread does, between two steps it calls one of the members' methods, or a function of them."""
        await self._step()
        if self.is_down:
            raise EngineUnavailable("down")
        members = SimulatedMembers(self, maker)
        method = getattr(members, function.__name__, None)
        answer = method() if method else function(members)
        await self._step()
        return answer

    async def _step(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        await turn

    async def let_go_on(self, which: int | None = None) -> None:
        """Let one take the step that it waits for, or all; and what follows."""
        turns = self.waiting if which is None else self.waiting[which % max(1, len(self.waiting)) :][:1]
        for turn in list(turns):
            self.waiting.remove(turn)
            turn.set_result(None)
        for _ in range(6):
            await asyncio.sleep(0)


@dataclass
class SimulatedMembers:
    """As `PoolMembers`; it fails the test where one is made or handed out that may not be."""

    world: SimulatedEngine
    maker: Any
    engine: Any = None

    def list_all(self) -> list[Member]:
        return [Member(one.session, one.created, one.is_running) for one in self.world.members]

    def make(self) -> Session:
        size, is_busy = self.world.told
        assert not is_busy, "made while somebody waits for a start"
        assert len([one for one in self.world.members if one.is_running]) < size, "made one too many"
        key = f"{self.world.made:012x}"
        self.world.made += 1
        session = Session(key, f"pool-{key}", key, str(self.world.recipe), "", "")
        self.world.containers[key] = Container(session, self.world.now)
        return session

    def is_prepared(self, session: Session) -> bool:
        if session.key not in self.world.containers:
            raise NotFound("no such container")
        return self.world.containers[session.key].is_prepared

    def claim(self, session: Session, name: str) -> bool:
        one = self.world.containers.get(session.key)
        owners = {other.owner for other in self.world.containers.values()}
        if one not in self.world.members or name in owners:
            return False
        assert one.is_running, "one was handed out that has ended"
        assert session.recipe == str(self.world.recipe), "one of an older recipe was handed out"
        one.owner = name
        return True

    def discard(self, session: Session) -> bool:
        one = self.world.containers.get(session.key)
        if one not in self.world.members:
            return False
        one.is_discarded = True
        self.remove_discarded()
        return True

    def remove_discarded(self) -> None:
        for key in [key for key, one in self.world.containers.items() if one.is_discarded]:
            if self.world.cannot_remove:
                raise OSError("busy")
            del self.world.containers[key]
