"""Ends sessions on time: looks every few seconds what the hub runs, writes it down, and ends what is over.

It remembers nothing. What it needs to know is in the database and at the hub, so it may be started again at
any moment, and so may the hub.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from spawner.labels import session_name

from .errors import ExtensionRefused, HubUnavailable, LearnerNotFound, SessionNotFound
from .hub_servers import RunningServer, ServerEnd, StartingServer, WaitingLearner
from .session_clock import ClockPolicy, SessionClock
from .session_store import EndReason, SessionStore, StoredSession

POLL_SECONDS = 5.0
"""How often it looks, and so how late a session may end."""

_REASONS = {ServerEnd.STOPPED: EndReason.STOPPED, ServerEnd.CRASHED: EndReason.CRASHED}

log = logging.getLogger(__name__)


class Hub(Protocol):
    """What it asks of the hub; `hub_servers.HubServers` says how."""

    async def list_running(self) -> list[RunningServer]: ...

    async def list_waiting(self) -> list[WaitingLearner]: ...

    async def find_running(self, user: str) -> RunningServer | None: ...

    async def find_end(self, user: str) -> ServerEnd: ...
    async def find_starting(self, user: str) -> StartingServer | None: ...

    async def is_known(self, user: str) -> bool: ...

    async def stop(self, user: str) -> None: ...


class SessionWatch:
    """One for the service; handlers ask it about the caller's session."""

    def __init__(
        self,
        hub: Hub,
        store: SessionStore,
        policy: ClockPolicy,
        *,
        instance: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.policy = policy
        self.now = now
        self._hub = hub
        self._store = store
        self._instance = instance

    async def run(self) -> None:
        """Look until cancelled, whatever happens to the hub and the database meanwhile."""
        has_failed = False
        async with asyncio.TaskGroup() as ends:
            while True:
                try:
                    await self.look(ends)
                    has_failed = False
                except (HubUnavailable, SQLAlchemyError) as error:
                    if not has_failed:
                        log.warning("Sessions cannot be looked after: %s Trying again.", error)
                    has_failed = True
                await asyncio.sleep(POLL_SECONDS)

    async def look(self, ends: asyncio.TaskGroup) -> None:
        """Once: write down what runs and what has gone; end what is over in `ends`. Raises `HubUnavailable`.

        A stop takes seconds. No other session waits for it.
        """
        # First what is known: what is added meanwhile has not gone.
        known = await asyncio.to_thread(self._store.list_open)
        running = await self._find_running(known)
        for session in running:
            if self.is_ending(session):
                ends.create_task(self._end(session))
        ids = {session.id for session in running}
        for session in known:
            if session.id not in ids:
                await self._close(session)

    async def find(self, user: str) -> StoredSession:
        """The learner's session now. Raises `SessionNotFound` and `HubUnavailable`."""
        server = await self._hub.find_running(user)
        if server is None:
            raise SessionNotFound()
        return await self._record(server)

    async def find_starting(self, user: str) -> StartingServer | None:
        """The learner's server that is on its way. Raises `HubUnavailable`."""
        return await self._hub.find_starting(user)

    async def find_last(self, user: str) -> StoredSession | None:
        """The learner's newest session, which runs or has ended."""
        return await asyncio.to_thread(self._store.find_last, user)

    async def extend(self, user: str) -> StoredSession:
        """Extend the learner's session now. Raises `ExtensionRefused`, also while others wait for a place."""
        session, waiting = await self.find(user), await self._hub.list_waiting()
        clock = session.clock.extend(self.policy, self.now(), len(waiting))
        return await self._set_clock(session, clock, actor=user)

    async def list_running(self) -> list[StoredSession]:
        """Everybody's session that runs now, the one that ends first first."""
        running = await self._find_running(await asyncio.to_thread(self._store.list_open))
        return sorted(running, key=lambda session: session.clock.deadline)

    async def list_waiting(self) -> list[WaitingLearner]:
        """Who waits for a place, the next one first."""
        return await self._hub.list_waiting()

    async def extend_by_staff(self, user: str, actor: str) -> StoredSession:
        """Extend a learner's session as course staff may, whoever waits and whatever is used up.

        Raises `LearnerNotFound`, too.
        """
        return await self._extend_by_staff(await self._find_of(user), actor)

    async def extend_all(self, actor: str) -> tuple[list[StoredSession], dict[str, ExtensionRefused]]:
        """Extend every session that runs: the extended ones, and by learner why one was not."""
        extended, refused = [], {}
        for session in await self.list_running():
            try:
                extended.append(await self._extend_by_staff(session, actor))
            except ExtensionRefused as error:
                refused[session.user] = error
        return extended, refused

    async def end(
        self, user: str, actor: str, reason: EndReason, started_at: datetime | None = None
    ) -> StoredSession:
        """End a learner's session. Should the hub fail to, every look tries again.

        One that began at another time than `started_at`, where that is given, is not found: it is one that
        the learner has started since. Raises `LearnerNotFound`, too.
        """
        session = await self._find_of(user)
        if started_at not in (None, session.clock.started_at):
            raise SessionNotFound(user)
        return await self._end_by_order(session, actor, reason)

    async def end_all(self, actor: str, reason: EndReason) -> list[StoredSession]:
        """End every session that runs."""
        running = await self.list_running()
        return await asyncio.gather(*(self._end_by_order(session, actor, reason) for session in running))

    async def _close(self, session: StoredSession) -> None:
        """Write down that a session is gone, and why; the next look does where the hub is still at it."""
        reason = EndReason.GONE
        if session.end_reason is None:
            end = await self._hub.find_end(session.user)
            if end is ServerEnd.NOT_YET:
                return
            reason = _REASONS.get(end, EndReason.GONE)
        await asyncio.to_thread(self._store.close_session, session.id, self.now(), reason)

    def is_ending(self, session: StoredSession) -> bool:
        """True where its time is up, or somebody has ended it: it is gone as soon as the hub has done so."""
        return session.end_reason is not None or session.clock.is_over(self.now())

    async def _find_running(self, known: Iterable[StoredSession]) -> list[StoredSession]:
        """The sessions of the hub's servers; those that are not `known` are written down now."""
        by_start = {(session.user, session.clock.started_at): session for session in known}
        return [
            by_start.get((server.user, server.started_at)) or await self._record(server)
            for server in await self._hub.list_running()
        ]

    async def _find_of(self, user: str) -> StoredSession:
        """As `find`, for somebody else, who may have mistyped the name."""
        try:
            return await self.find(user)
        except SessionNotFound as error:
            if not await self._hub.is_known(user):
                raise LearnerNotFound(user) from error
            raise SessionNotFound(user) from error

    async def _extend_by_staff(self, session: StoredSession, actor: str) -> StoredSession:
        clock = session.clock.extend_by_staff(self.policy, self.now())
        return await self._set_clock(session, clock, actor)

    async def _end_by_order(self, session: StoredSession, actor: str, reason: EndReason) -> StoredSession:
        await asyncio.to_thread(self._store.order_end, session.id, self.now(), actor, reason)
        ordered = replace(session, end_reason=session.end_reason or reason)
        await self._end(ordered)
        return ordered

    async def _set_clock(self, session: StoredSession, clock: SessionClock, actor: str) -> StoredSession:
        extended = await asyncio.to_thread(self._store.set_clock, session, clock, self.now(), actor)
        log.info("Session of %s extended by %s to %s", session.user, actor, clock.deadline)
        return extended

    async def _record(self, server: RunningServer) -> StoredSession:
        container = session_name(self._instance, server.user)
        return await asyncio.to_thread(
            self._store.record, server.user, container, server.started_at, self.policy
        )

    async def _end(self, session: StoredSession) -> None:
        """End this session, or leave it to the next look."""
        try:
            await self._end_now(session)
        except (HubUnavailable, SQLAlchemyError) as error:
            log.warning("The session of %s does not end yet: %s", session.user, error)

    async def _end_now(self, session: StoredSession) -> None:
        """End this very session, and never the one that its learner has started since."""
        server = await self._hub.find_running(session.user)
        if server is None or server.started_at != session.clock.started_at or server.is_busy:
            return
        if session.end_reason is None and not await asyncio.to_thread(
            self._store.claim_end, session.id, self.now()
        ):
            return  # extended in this moment
        log.info("Ending the session of %s, which began at %s", session.user, session.clock.started_at)
        await self._hub.stop(session.user)
