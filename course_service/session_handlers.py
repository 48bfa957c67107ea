"""The caller's session and its clock, as docs/interfaces.md describes them."""

from __future__ import annotations

from typing import Any

from .errors import NotAllowed
from .requests import LearnerHandler
from .session_clock import WARNING_MINUTES
from .session_store import StoredSession
from .session_watch import SessionWatch


class SessionHandler(LearnerHandler):
    """How long the caller's session lasts."""

    async def get(self) -> None:
        watch = self.services.watch
        self.write_json(describe_session(await watch.find(self.caller.name), watch))


class ExtendHandler(LearnerHandler):
    """Extends the caller's session, for the session's own token alone."""

    async def post(self) -> None:
        if self.caller.server is None:
            raise NotAllowed("A session is extended from within: press Extend in a lab's notebook.")
        watch = self.services.watch
        self.write_json(describe_session(await watch.extend(self.caller.name), watch))


class StaffExtendHandler(LearnerHandler):
    """Extends a learner's session, for course staff."""

    async def post(self, user: str) -> None:
        self.caller.require_staff()
        watch = self.services.watch
        self.write_json(describe_session(await watch.extend_by_staff(user, self.caller.name), watch))


class StaffEndHandler(LearnerHandler):
    """Ends a learner's session, for course staff."""

    async def post(self, user: str) -> None:
        self.caller.require_staff()
        watch = self.services.watch
        self.write_json(describe_session(await watch.end_by_staff(user, self.caller.name), watch))


def describe_session(session: StoredSession, watch: SessionWatch) -> dict[str, Any]:
    """The session as JSON, with this moment beside it, so that no reader needs a right clock."""
    clock, now = session.clock, watch.now()
    return {
        "session_id": session.id,
        "started_at": clock.started_at.isoformat(),
        "expires_at": clock.deadline.isoformat(),
        "now": now.isoformat(),
        "seconds_left": clock.time_left(now).total_seconds(),
        "warning": clock.find_warning(now),
        "warnings": list(WARNING_MINUTES),
        "extensions_left": clock.extensions_left(watch.policy),
        "extension_minutes": watch.policy.extension.total_seconds() / 60,
    }
