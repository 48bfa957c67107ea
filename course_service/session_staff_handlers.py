"""Everybody's sessions, for course staff, as docs/interfaces.md describes them.

The operator's command asks here too, and so does the idle culler when it has found an idle session: so all
that is done to a session is in one table of the database, with who did it.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from tornado import web

from .requests import StaffHandler
from .session_handlers import describe_session
from .session_store import EndReason, StoredSession
from .session_watch import SessionWatch

IDLE_CULLER = "service/idle-culler"


class SessionsHandler(StaffHandler):
    """Whose session runs, how long it lasts, and who waits for a place."""

    async def get(self) -> None:
        watch = self.services.watch
        sessions, waiting = await watch.list_running(), await watch.list_waiting()
        self.write_json(
            {
                "now": watch.now().isoformat(),
                "sessions": [describe_for_staff(session, watch) for session in sessions],
                "waiting": [
                    {"user": one.user, "place": one.place, "expected_seconds": one.expected_seconds}
                    for one in waiting
                ],
            }
        )


class ExtendSessionHandler(StaffHandler):
    """Extends a learner's session."""

    async def post(self, user: str) -> None:
        watch = self.services.watch
        self.write_json(describe_for_staff(await watch.extend_by_staff(user, self.caller.name), watch))


class ExtendAllHandler(StaffHandler):
    """Extends every session that runs."""

    async def post(self) -> None:
        watch = self.services.watch
        extended, refused = await watch.extend_all(self.caller.name)
        self.write_json(
            {
                "sessions": [describe_for_staff(session, watch) for session in extended],
                "refused": [{"user": user, "message": str(error)} for user, error in refused.items()],
            }
        )


class EndSessionHandler(StaffHandler):
    """Ends a learner's session; who asks says why."""

    async def post(self, user: str) -> None:
        watch, actor = self.services.watch, self.caller.name
        reason = EndReason.IDLE if actor == IDLE_CULLER else EndReason.STAFF
        started_at = self._read_time("started_at")
        self.write_json(describe_for_staff(await watch.end(user, actor, reason, started_at), watch))

    def _read_time(self, name: str) -> datetime | None:
        text = self.get_query_argument(name, None)
        try:
            return datetime.fromisoformat(text) if text else None
        except ValueError as error:
            raise web.HTTPError(HTTPStatus.BAD_REQUEST) from error


class EndAllHandler(StaffHandler):
    """Ends every session that runs."""

    async def post(self) -> None:
        watch = self.services.watch
        ended = await watch.end_all(self.caller.name, EndReason.STAFF)
        self.write_json({"sessions": [describe_for_staff(session, watch) for session in ended]})


def describe_for_staff(session: StoredSession, watch: SessionWatch) -> dict[str, Any]:
    """As its learner sees it, and whose it is."""
    return {
        "user": session.user,
        "state": "ending" if watch.is_ending(session) else "running",
        "extensions": session.clock.extensions,
        **describe_session(session, watch),
    }
