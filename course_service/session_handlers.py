"""The caller's session and its clock, as docs/interfaces.md describes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .errors import NotAllowed, SessionNotFound
from .requests import LearnerHandler, describe_error
from .session_clock import WARNING_MINUTES
from .session_store import EndReason, StoredSession
from .session_watch import SessionWatch


class SessionHandler(LearnerHandler):
    """How long the caller's session lasts, or how the last one ended."""

    async def get(self) -> None:
        watch = self.services.watch
        try:
            self.write_json(describe_session(await watch.find(self.caller.name), watch))
        except SessionNotFound as error:
            last = await watch.find_last(self.caller.name)
            status, body = describe_error(error)
            self.set_status(status)
            self.write_json({**body, "last_session": describe_end(last) if last else None})


class ExtendHandler(LearnerHandler):
    """Extends the caller's session, for the session's own token alone."""

    async def post(self) -> None:
        if self.caller.server is None:
            raise NotAllowed("A session is extended from within: press Extend in a lab's notebook.")
        watch = self.services.watch
        self.write_json(describe_session(await watch.extend(self.caller.name), watch))


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


def describe_end(session: StoredSession) -> dict[str, Any]:
    """How a session ended, as JSON; `message` is for its learner.

    It takes some seconds until an end is known: `ended_at`, and often `end_reason`, is None until then.
    """
    return {
        "session_id": session.id,
        "started_at": session.clock.started_at.isoformat(),
        "ended_at": session.ended_at.isoformat() if session.ended_at else None,
        "end_reason": session.end_reason,
        "message": f"{_tell_end(session)} Your files are kept.",
    }


def _tell_end(session: StoredSession) -> str:
    match session.end_reason:
        case EndReason.DEADLINE:
            minutes = session.clock.length / timedelta(minutes=1)
            return f"Your session ended because its {minutes:g} minutes were over."
        case EndReason.STAFF:
            return "Your session was ended by your course staff."
        case EndReason.IDLE:
            return "Your session ended early because nothing happened in it any more."
        case EndReason.STOPPED:
            return "Your session was stopped."
        case EndReason.CRASHED:
            return "Your session ended by itself: something in it broke down."
        case _:
            return "Your session was stopped, or ended by itself."
