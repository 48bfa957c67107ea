"""Ends sessions on time: looks every few seconds what the hub runs, writes it down, and ends what is over.

It remembers nothing. What it needs to know is in the database and at the hub, so it may be started again at
any moment, and so may the hub.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from spawner.labels import session_name

from .errors import HubUnavailable, SessionNotFound
from .hub_servers import RunningServer
from .session_clock import ClockPolicy, SessionClock
from .session_store import EndReason, SessionStore, StoredSession

POLL_SECONDS = 5.0
"""How often it looks, and so how late a session may end."""

log = logging.getLogger(__name__)


class Hub(Protocol):
    """What it asks of the hub; `hub_servers.HubServers` says how."""

    async def list_running(self) -> list[RunningServer]: ...

    async def find_running(self, user: str) -> RunningServer | None: ...

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
        known = {
            (session.user, session.clock.started_at): session
            for session in await asyncio.to_thread(self._store.list_open)
        }
        running = [
            known.get((server.user, server.started_at)) or await self._record(server)
            for server in await self._hub.list_running()
        ]
        gone = {session.id for session in known.values()} - {session.id for session in running}
        if gone:
            await asyncio.to_thread(self._store.close_sessions, gone, self.now())
        for session in running:
            if self._is_over(session):
                ends.create_task(self._end(session))

    async def find(self, user: str) -> StoredSession:
        """The learner's session now. Raises `SessionNotFound` and `HubUnavailable`."""
        server = await self._hub.find_running(user)
        if server is None:
            raise SessionNotFound()
        return await self._record(server)

    async def extend(self, user: str) -> StoredSession:
        """Extend the learner's session now. Raises `ExtensionRefused`, too."""
        session, now = await self.find(user), self.now()
        return await self._set_clock(session, session.clock.extend(self.policy, now), actor=user)

    async def extend_by_staff(self, user: str, actor: str) -> StoredSession:
        """Extend a learner's session as course staff may, whatever its learner has used up."""
        session, now = await self.find(user), self.now()
        return await self._set_clock(session, session.clock.extend_by_staff(self.policy, now), actor=actor)

    async def end_by_staff(self, user: str, actor: str) -> StoredSession:
        """End a learner's session. Should the hub fail to, every look tries again."""
        session = await self.find(user)
        await asyncio.to_thread(self._store.order_end, session.id, self.now(), actor)
        await self._end(replace(session, end_reason=EndReason.STAFF))
        return session

    async def _set_clock(self, session: StoredSession, clock: SessionClock, actor: str) -> StoredSession:
        extended = await asyncio.to_thread(self._store.set_clock, session, clock, self.now(), actor)
        log.info("Session of %s extended by %s to %s", session.user, actor, clock.deadline)
        return extended

    async def _record(self, server: RunningServer) -> StoredSession:
        container = session_name(self._instance, server.user)
        return await asyncio.to_thread(
            self._store.record, server.user, container, server.started_at, self.policy
        )

    def _is_over(self, session: StoredSession) -> bool:
        return session.end_reason is not None or session.clock.is_over(self.now())

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
