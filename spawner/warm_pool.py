"""Keeps sessions ready for learners who have not come yet, and hands them out.

A member is made when nobody waits for a start, one at a time, at low priority, and within the places for
sessions. One that may not be handed out is replaced: it has ended, is made of an older image or of other
settings, or did not get ready in time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from docker.errors import DockerException

from .errors import SpawnerError
from .pool_members import Member, PoolMembers
from .session_maker import Session, SessionMaker

LOOK_SECONDS = 5.0
"""How often it looks at its members."""

STARTING_LOOK_SECONDS = 0.5
"""The same while one is on its way."""

PREPARE_SECONDS = 300
"""What is not ready by then is replaced. On a busy machine it has what others leave of the processors."""

RETRY_SECONDS = 60.0
"""After one that never became ready: what keeps it from that, such as a broken image, may last."""

RUNTIMES = ("", "runc", "crun")
"""Those in which a session sees what is mounted for it later; one with a kernel of its own does not."""

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
InMembers = Callable[[SessionMaker, Callable[[PoolMembers], Answer]], Awaitable[Answer]]
"""Calls a function that blocks with the members of a course."""


class WarmPool:
    """One for a hub; all methods are called in its event loop."""

    def __init__(self, in_members: InMembers[Any]) -> None:
        self._in_members = in_members
        self._prepared: set[str] = set()
        self._moved = asyncio.Event()
        self._told: str | None = None
        self._next_make = 0.0
        """Seconds since 1970."""

    async def keep(self, maker: SessionMaker, wanted: Callable[[], int], is_busy: Callable[[], bool]) -> None:
        """Keep as many members as `wanted` says, until cancelled, whatever happens to the engine meanwhile.

        None is made while `is_busy`.
        """
        while True:
            seconds = LOOK_SECONDS
            try:
                if await self.look(maker, wanted, is_busy):
                    seconds = STARTING_LOOK_SECONDS
            except (SpawnerError, DockerException, OSError) as error:
                self._tell_once(f"No session can be made ready now: {error}")
            else:
                if maker.policy.runtime in RUNTIMES:
                    self._told = None
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._moved.wait()
            self._moved.clear()

    async def look(self, maker: SessionMaker, wanted: Callable[[], int], is_busy: Callable[[], bool]) -> bool:
        """Once: replace what may not be handed out, and make one where one is missing.

        Returns whether one is on its way or still to be made.
        """
        await self._in_members(maker, PoolMembers.remove_discarded)
        fit, starting = await self._sort_out(maker)
        size = self._bound(maker, wanted())
        for member in reversed(fit[size:]):
            await self._discard(maker, member, "there are more than are wanted")
        if len(fit) >= size or time.time() < self._next_make:
            return starting
        if not starting and not is_busy():
            await self._in_members(maker, PoolMembers.make)
        return True

    async def claim(self, maker: SessionMaker, name: str) -> Session | None:
        """Give the learner whose session has this name a member, the most ready one; None where none is."""
        if maker.policy.runtime not in RUNTIMES:
            return None
        claimed: Session | None = await self._in_members(maker, lambda members: self._claim(members, name))
        if claimed:
            self._prepared.discard(claimed.key)
        self._moved.set()
        return claimed

    def _bound(self, maker: SessionMaker, wanted: int) -> int:
        """How many there may be."""
        if maker.policy.runtime in RUNTIMES:
            return wanted
        if wanted:
            self._tell_once(f"No session is kept ready with the runtime {maker.policy.runtime}")
        return 0

    def _claim(self, members: PoolMembers, name: str) -> Session | None:
        there = members.list_all()
        if not there:
            return None
        recipe = members.maker.find_recipe(members.engine)
        fit = [one.session for one in there if one.is_running and one.session.recipe == recipe]
        fit.sort(key=lambda session: session.key not in self._prepared)
        return next((session for session in fit if members.claim(session, name)), None)

    async def _sort_out(self, maker: SessionMaker) -> tuple[list[Member], bool]:
        """The members that may be handed out, the oldest first, and whether one is not ready yet."""
        recipe = await self._in_members(maker, lambda members: maker.find_recipe(members.engine))
        there: list[Member] = await self._in_members(maker, PoolMembers.list_all)
        self._prepared &= {member.session.key for member in there}
        fit, starting = [], False
        for member in there:
            if reason := await self._find_fault(maker, member, recipe):
                await self._discard(maker, member, reason)
                continue
            fit.append(member)
            starting |= member.session.key not in self._prepared
        return fit, starting

    async def _find_fault(self, maker: SessionMaker, member: Member, recipe: str) -> str | None:
        """Why it may not be handed out."""
        session = member.session
        if not member.is_running:
            return self._has_failed(session, "it has ended")
        if session.recipe != recipe:
            return "it was made of an older image, or of other settings"
        if session.key not in self._prepared:
            if await self._in_members(maker, lambda members: members.is_prepared(session)):
                self._prepared.add(session.key)
            elif time.time() - member.created > PREPARE_SECONDS:
                return self._has_failed(session, f"it was not ready after {PREPARE_SECONDS} s")
        return None

    def _has_failed(self, session: Session, reason: str) -> str:
        if session.key in self._prepared:
            return reason
        self._next_make = time.time() + RETRY_SECONDS
        return f"{reason}, and was never ready"

    async def _discard(self, maker: SessionMaker, member: Member, reason: str) -> None:
        log.warning("The waiting session %s is removed: %s", member.session.name, reason)
        await self._in_members(maker, lambda members: members.discard(member.session))

    def _tell_once(self, what: str) -> None:
        if what != self._told:
            log.warning("%s", what)
        self._told = what
