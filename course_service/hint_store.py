"""The hints that were asked for and answered, and the graded attempts that they are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .captured_output import clean_text
from .database_door import MOST_ID, DatabaseDoor
from .hint_ladder import FailedAttempt, FailedCheck, seen_since
from .orm import HintRequest, JudgeAttempt, LearnerSession, User
from .store import AttemptStatus, find_or_add_user

MOST_LISTED = 100
_MOST_LOOKED_BACK = 200
"""How many attempts are looked at for where a code came from."""


@dataclass(frozen=True)
class LatestAttempt:
    """The latest graded attempt, and how far up the ladder of its first code the learner has come."""

    id: int
    attempt: FailedAttempt
    shown: int

    @property
    def has_passed(self) -> bool:
        return not self.attempt.failures


@dataclass(frozen=True, kw_only=True)
class HintRecord:
    """A request and its answer, as it is kept."""

    user: str
    lab: str
    kind: str
    source: str
    answer: str
    latency_ms: int
    code: str | None = None
    ladder_step: int | None = None
    question: str | None = None
    model: str | None = None
    ai_failure: str | None = None
    tokens: int | None = None


class HintStore(DatabaseDoor):
    """Hints in the course's database. Each public method is one transaction."""

    def find_latest(self, user: str, lab: str) -> LatestAttempt | None:
        """The learner's latest finished and graded attempt on the lab; None where there is none."""
        query = select(JudgeAttempt.id, JudgeAttempt.finished_at, JudgeAttempt.failures)
        query = query.join(JudgeAttempt.user).where(User.login == user, JudgeAttempt.lab_slug == lab)
        query = query.where(JudgeAttempt.graded, JudgeAttempt.status == AttemptStatus.FINISHED)
        with self._session.begin() as session:
            rows = session.execute(query.order_by(JudgeAttempt.id.desc()).limit(_MOST_LOOKED_BACK)).all()
            if not rows:
                return None
            attempt = _failed_attempt(session.get_one(JudgeAttempt, rows[0].id))
            if not attempt.failures:
                return LatestAttempt(rows[0].id, attempt, shown=0)
            code = attempt.failures[0].code
            history = [(row.finished_at, frozenset(one["code"] for one in row.failures)) for row in rows]
            shown = _count_shown(session, user, lab, code, seen_since(history, code))
            return LatestAttempt(rows[0].id, attempt, shown)

    def was_explained(self, user: str, lab: str, text: str) -> bool:
        """Whether the learner has had this very text explained."""
        query = select(HintRequest.id).join(HintRequest.user).where(User.login == user)
        query = query.where(HintRequest.lab_slug == lab, HintRequest.kind == "explain")
        with self._session.begin() as session:
            return session.scalar(query.where(HintRequest.question == clean_text(text)).limit(1)) is not None

    def add(self, record: HintRecord) -> int:
        """Write a request down, with the learner's session where one runs; its number."""
        question = clean_text(record.question) if record.question is not None else None
        with self._session.begin() as session:
            user = find_or_add_user(session, record.user)
            row = HintRequest(
                user=user,
                session_id=_find_session(session, user),
                lab_slug=record.lab,
                kind=record.kind,
                code=record.code,
                ladder_step=record.ladder_step,
                source=record.source,
                model=record.model,
                ai_failure=record.ai_failure,
                question=question,
                answer=clean_text(record.answer),
                tokens=record.tokens,
                latency_ms=record.latency_ms,
                created_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            return row.id

    def list_hints(self, *, lab: str | None = None, before: int | None = None) -> list[dict[str, Any]]:
        """Everybody's, as JSON, the newest first: `MOST_LISTED` of those with a number below `before`."""
        query = select(HintRequest).order_by(HintRequest.id.desc()).limit(MOST_LISTED)
        if lab is not None:
            query = query.where(HintRequest.lab_slug == lab)
        if before is not None:
            query = query.where(HintRequest.id < min(before, MOST_ID))
        with self._session.begin() as session:
            return [_describe(row) for row in session.scalars(query)]


def _failed_attempt(row: JudgeAttempt) -> FailedAttempt:
    failures = tuple(FailedCheck(one["code"], one["message"], one["hint"]) for one in row.failures)
    return FailedAttempt(failures, (*row.notes["build_logs"], *row.notes["runtime_logs"]))


def _count_shown(session: Session, user: str, lab: str, code: str, since: datetime | None) -> int:
    query = select(func.max(HintRequest.ladder_step)).join(HintRequest.user).where(User.login == user)
    query = query.where(HintRequest.lab_slug == lab, HintRequest.code == code)
    if since is not None:
        query = query.where(HintRequest.created_at >= since)
    return session.scalar(query) or 0


def _find_session(session: Session, user: User) -> int | None:
    query = select(LearnerSession.session_id).where(LearnerSession.user_id == user.id)
    query = query.where(LearnerSession.ended_at.is_(None)).order_by(LearnerSession.created_at.desc())
    return session.scalar(query.limit(1))


def _describe(row: HintRequest) -> dict[str, Any]:
    return {
        "id": row.id,
        "user": row.user.login,
        "session_id": row.session_id,
        "lab": row.lab_slug,
        "kind": row.kind,
        "code": row.code,
        "ladder_step": row.ladder_step,
        "source": row.source,
        "model": row.model,
        "ai_failure": row.ai_failure,
        "question": row.question,
        "answer": row.answer,
        "tokens": row.tokens,
        "latency_ms": row.latency_ms,
        "created_at": row.created_at.isoformat(),
    }
