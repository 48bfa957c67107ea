"""The sessions in the course's database, and what was done to them.

Each public method is one transaction. A session is its learner and the hub's start time: whoever writes it
down first gives it its time, and finding it again after a restart of anything changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CursorResult, Update, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .database_door import DatabaseDoor
from .errors import ExtensionRefused
from .orm import AuditEvent, LearnerSession, User
from .session_clock import ClockPolicy, SessionClock
from .store import find_or_add_user

CLOCK = "clock"
"""The service itself as an actor of audit events."""


class EndReason(StrEnum):
    """Why a session ended."""

    DEADLINE = "deadline"
    STAFF = "staff"
    IDLE = "idle"
    """Nothing had happened in it for `CONTAINRLAB_IDLE_MINUTES`."""
    STOPPED = "stopped"
    """Its learner, or an admin of the hub, told the hub to stop it."""
    CRASHED = "crashed"
    """It ended without anybody having told the hub to."""
    GONE = "gone"
    """One of the last two: it was no more when the hub was asked, and nobody knows which."""


@dataclass(frozen=True)
class StoredSession:
    """A session that was written down."""

    id: int
    user: str
    clock: SessionClock
    ended_at: datetime | None
    end_reason: EndReason | None
    """Set as soon as it was told to end."""


class SessionStore(DatabaseDoor):
    """Sessions and audit events."""

    def record(self, user: str, container: str, started_at: datetime, policy: ClockPolicy) -> StoredSession:
        """The session that began at `started_at`; written down, or opened again, where it was not open."""
        try:
            return self._record(user, container, started_at, policy)
        except IntegrityError:  # somebody else wrote it, or its learner, down at this moment
            return self._record(user, container, started_at, policy)

    def list_open(self) -> list[StoredSession]:
        """The sessions that have not ended, as far as is known."""
        with self._session.begin() as session:
            rows = session.scalars(select(LearnerSession).where(LearnerSession.ended_at.is_(None)))
            return [_stored(row) for row in rows]

    def close_session(self, session_id: int, now: datetime, reason: EndReason) -> None:
        """Write down that it has ended; `reason` is for one that was not told to end."""
        with self._session.begin() as session:
            row = session.get_one(LearnerSession, session_id)
            row.ended_at = now
            row.end_reason = row.end_reason or reason
            _note(session, session_id, now, CLOCK, "session_ended", reason=row.end_reason)

    def claim_end(self, session_id: int, now: datetime) -> bool:
        """Settle that the session ends, where its deadline has passed; from then on none can extend it."""
        change = _change_running(session_id).where(LearnerSession.expires_at <= now)
        with self._session.begin() as session:
            return _is_done(session, change.values(end_reason=EndReason.DEADLINE))

    def order_end(self, session_id: int, now: datetime, actor: str, reason: EndReason) -> None:
        """Settle that the session ends because `actor` wants it to."""
        with self._session.begin() as session:
            if _is_done(session, _change_running(session_id).values(end_reason=reason)):
                _note(session, session_id, now, actor, "session_end_ordered", reason=reason)

    def set_clock(
        self, stored: StoredSession, clock: SessionClock, now: datetime, actor: str
    ) -> StoredSession:
        """Let `clock` stand in place of the one seen in `stored`. Raises `ExtensionRefused`."""
        # Of two requests at once, or of this and the end, one comes first.
        change = _change_running(stored.id).where(LearnerSession.expires_at == stored.clock.deadline)
        values = {
            "extensions": clock.extensions,
            "ttl_seconds": round(clock.length.total_seconds()),
            "expires_at": clock.deadline,
        }
        with self._session.begin() as session:
            if not _is_done(session, change.values(values)):
                raise ExtensionRefused("This session has just been extended, or is ending. Look again.")
            until = clock.deadline.isoformat()
            _note(session, stored.id, now, actor, "session_extended", expires_at=until)
            row = session.get_one(LearnerSession, stored.id)
            return _stored(row)

    def list_sessions(self, user: str) -> Sequence[StoredSession]:
        """All of the learner's sessions, the oldest first."""
        query = select(LearnerSession).join(LearnerSession.user).where(User.login == user)
        with self._session.begin() as session:
            return [_stored(row) for row in session.scalars(query.order_by(LearnerSession.created_at))]

    def find_last(self, user: str) -> StoredSession | None:
        """The learner's newest session, ended or not; None where there was none."""
        query = select(LearnerSession).join(LearnerSession.user).where(User.login == user)
        with self._session.begin() as session:
            row = session.scalar(query.order_by(LearnerSession.created_at.desc()).limit(1))
            return _stored(row) if row else None

    def _record(self, user: str, container: str, started_at: datetime, policy: ClockPolicy) -> StoredSession:
        clock = SessionClock(started_at, policy.length)
        query = select(LearnerSession).join(LearnerSession.user)
        query = query.where(User.login == user, LearnerSession.created_at == started_at)
        with self._session.begin() as session:
            row = session.scalar(query)
            if row is None:
                row = LearnerSession(
                    user=find_or_add_user(session, user),
                    container=container,
                    ttl_seconds=round(clock.length.total_seconds()),
                    extensions=0,
                    created_at=started_at,
                    expires_at=clock.deadline,
                )
                session.add(row)
                session.flush()
            elif row.ended_at is not None:  # the hub had forgotten it for a moment, as at its own start
                row.ended_at = row.end_reason = None
            return _stored(row)


def _change_running(session_id: int) -> Update:
    running = LearnerSession.ended_at.is_(None), LearnerSession.end_reason.is_(None)
    return update(LearnerSession).where(LearnerSession.session_id == session_id, *running)


def _is_done(session: Session, change: Update) -> bool:
    result = cast("CursorResult[Any]", session.execute(change))
    return result.rowcount == 1


def _note(
    session: Session, session_id: int, now: datetime, actor: str, action: str, **details: object
) -> None:
    session.add(AuditEvent(at=now, actor=actor, action=action, session_id=session_id, details=details))


def _stored(row: LearnerSession) -> StoredSession:
    return StoredSession(
        id=row.session_id,
        user=row.user.login,
        clock=SessionClock(row.created_at, row.expires_at - row.created_at, row.extensions),
        ended_at=row.ended_at,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
    )
