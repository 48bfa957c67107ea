"""A hub that runs servers as values, at a time that the test moves; told to stop one, it does so at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from course_service.errors import HubUnavailable
from course_service.hub_servers import RunningServer, ServerEnd, StartingServer, WaitingLearner

Key = tuple[str, datetime]
"""A session: its learner and the hub's start time."""


@dataclass
class SimulatedHub:
    """`is_up` false makes it silent; `can_stop` false makes it fail to stop a server."""

    now: datetime
    is_up: bool = True
    can_stop: bool = True
    started: dict[str, datetime] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    line: list[str] = field(default_factory=list)
    """Who waits for a place."""
    ends: dict[str, ServerEnd] = field(default_factory=dict)
    """What it says of the end of servers that it has no more."""
    stopped: dict[Key, datetime] = field(default_factory=dict)
    """The sessions that it was told to stop, and when."""

    def start(self, user: str) -> Key:
        """Start the learner's server; no two start at the same microsecond."""
        self.now += timedelta(microseconds=1)
        self.started[user] = self.now
        return user, self.now

    async def list_running(self) -> list[RunningServer]:
        self._check()
        return [self._server(user) for user in self.started]

    async def find_running(self, user: str) -> RunningServer | None:
        self._check()
        return self._server(user) if user in self.started else None

    async def list_waiting(self) -> list[WaitingLearner]:
        self._check()
        return [WaitingLearner(user, place, 60) for place, user in enumerate(self.line, 1)]

    async def find_end(self, user: str) -> ServerEnd:
        self._check()
        return self.ends.get(user, ServerEnd.UNKNOWN)

    async def find_starting(self, user: str) -> StartingServer | None:
        self._check()
        waiting = {one.user: one for one in await self.list_waiting()}
        return StartingServer(waiting[user]) if user in waiting else None

    async def is_known(self, user: str) -> bool:
        self._check()
        return user != "nobody"

    async def stop(self, user: str) -> None:
        self._check()
        if not self.can_stop:
            raise HubUnavailable("The hub answered 500.")
        self.stopped[user, self.started.pop(user)] = self.now

    def _server(self, user: str) -> RunningServer:
        return RunningServer(user, self.started[user], user in self.busy)

    def _check(self) -> None:
        if not self.is_up:
            raise HubUnavailable("The hub does not answer.")
