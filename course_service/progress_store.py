"""What the database says of learners' progress, a learner's or the whole class's.

However large the class, it is a fixed number of queries, and none reads a log, a measurement or a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .database_door import DatabaseDoor
from .home_visit import HomeVisit
from .lab_progress import AttemptOutcome
from .orm import JudgeAttempt, LabStart, User
from .store import AttemptStatus, find_or_add_user

EXPORT_CHUNK = 1000
"""How many attempts are read at once for an export."""

_SEEN_AGAIN = timedelta(minutes=1)
_IS_GRADED = and_(JudgeAttempt.graded, JudgeAttempt.status == AttemptStatus.FINISHED)
_EXPORTED = (
    *(JudgeAttempt.id, JudgeAttempt.lab_slug, JudgeAttempt.status, JudgeAttempt.submitted_at),
    *(JudgeAttempt.finished_at, JudgeAttempt.graded, JudgeAttempt.passed, JudgeAttempt.score),
    *(JudgeAttempt.max_score, JudgeAttempt.failures),
)

Value = TypeVar("Value")
_ByLab = defaultdict[int, dict[str, Value]]
"""By a learner's id, and then by lab."""


@dataclass(frozen=True)
class Learner:
    """Somebody whom the course's database knows."""

    user: str
    """The hub's name for them."""
    is_on_github: bool
    avatar_url: str | None

    @property
    def github_login(self) -> str | None:
        """The hub's name is GitHub's login for who signs in there."""
        return self.user if self.is_on_github else None


@dataclass(frozen=True)
class LearnerRecord:
    """A learner's doings by lab; a lab they have not touched is in none of these."""

    learner: Learner
    starts: Mapping[str, datetime] = field(default_factory=dict)
    attempts: Mapping[str, Sequence[AttemptOutcome]] = field(default_factory=dict)
    """The oldest first."""
    last_failing_codes: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportedAttempt:
    """One attempt as a line of a table."""

    id: int
    learner: Learner
    lab: str
    status: AttemptStatus
    submitted_at: datetime
    finished_at: datetime | None
    graded: bool
    passed: bool
    score: int
    max_score: int
    failing_codes: tuple[str, ...]


class ProgressStore(DatabaseDoor):
    """What learners have started, tried and seen."""

    def record_start(self, user: str, lab: str, now: datetime) -> None:
        """Write down that the learner was given the lab's files; the first time stands."""
        with self._session.begin() as session:
            user_id = find_or_add_user(session, user).id
            if session.get(LabStart, (user_id, lab)) is None:
                # Of two requests at once, one comes first.
                with suppress(IntegrityError), session.begin_nested():
                    session.add(LabStart(user_id=user_id, lab_slug=lab, started_at=now))

    def visit_home(self, user: str, now: datetime) -> HomeVisit:
        """The learner sees their home page now; the visit that this belongs to."""
        with self._session.begin() as session:
            row = find_or_add_user(session, user)
            visit = HomeVisit(row.home_seen_at, row.home_news_since)
            # A page that is left open asks several times a minute, and writes once.
            if visit.seen_at is None or now - visit.seen_at >= _SEEN_AGAIN:
                visit = visit.go_on(now)
                row.home_seen_at, row.home_news_since = visit.seen_at, visit.news_since
            return visit

    def list_records(self, labs: Collection[str], user: str | None = None) -> list[LearnerRecord]:
        """Every learner by name, or `user` alone where the database knows them, with these labs."""
        learners = select(User.id, User.login, User.github_id, User.avatar_url).order_by(User.login)
        with self._session.begin() as session:
            rows = session.execute(learners.where(_is_of(user))).all()
            starts = _read_starts(session, labs, user)
            attempts = _read_attempts(session, labs, user)
            codes = _read_last_codes(session, labs, user)
        return [
            LearnerRecord(_learner(login, github_id, avatar), starts[key], attempts[key], codes[key])
            for key, login, github_id, avatar in rows
        ]

    def iterate_attempts(
        self, labs: Collection[str], user: str | None = None
    ) -> Iterator[list[ExportedAttempt]]:
        """All attempts on these labs, the oldest first, some at a time; no transaction outlives a part."""
        after: int | None = 0
        while after is not None:
            part = self._read_part(labs, user, after)
            if part:
                yield part
            after = part[-1].id if len(part) == EXPORT_CHUNK else None

    def _read_part(self, labs: Collection[str], user: str | None, after: int) -> list[ExportedAttempt]:
        query = select(*_EXPORTED, User.login, User.github_id, User.avatar_url).join(JudgeAttempt.user)
        query = query.where(_is_of(user), JudgeAttempt.lab_slug.in_(labs), JudgeAttempt.id > after)
        with self._session.begin() as session:
            rows = session.execute(query.order_by(JudgeAttempt.id).limit(EXPORT_CHUNK)).all()
        return [_exported(row) for row in rows]


def _is_of(user: str | None) -> ColumnElement[bool]:
    """That a row is the named learner's; of every learner's it is true."""
    return true() if user is None else User.login == user


def _read_starts(session: Session, labs: Collection[str], user: str | None) -> _ByLab[datetime]:
    query = select(LabStart.user_id, LabStart.lab_slug, LabStart.started_at).join(User)
    starts: _ByLab[datetime] = defaultdict(dict)
    for user_id, lab, started_at in session.execute(query.where(LabStart.lab_slug.in_(labs), _is_of(user))):
        starts[user_id][lab] = started_at
    return starts


def _read_attempts(session: Session, labs: Collection[str], user: str | None) -> _ByLab[list[AttemptOutcome]]:
    attempt = JudgeAttempt
    query = select(
        *(attempt.user_id, attempt.lab_slug, attempt.submitted_at, _IS_GRADED),
        *(attempt.passed, attempt.score, attempt.max_score),
    )
    query = query.join(attempt.user).where(attempt.lab_slug.in_(labs), _is_of(user)).order_by(attempt.id)
    attempts: _ByLab[list[AttemptOutcome]] = defaultdict(dict)
    for user_id, lab, submitted_at, is_graded, is_passed, score, most in session.execute(query):
        outcome = AttemptOutcome(submitted_at, is_graded, is_passed, score, most)
        attempts[user_id].setdefault(lab, []).append(outcome)
    return attempts


def _read_last_codes(session: Session, labs: Collection[str], user: str | None) -> _ByLab[tuple[str, ...]]:
    """Of the last graded attempt on each lab alone: failures carry text, and a class has many thousands."""
    last = select(func.max(JudgeAttempt.id)).where(JudgeAttempt.lab_slug.in_(labs), _IS_GRADED)
    last = last.join(JudgeAttempt.user).where(_is_of(user))
    last = last.group_by(JudgeAttempt.user_id, JudgeAttempt.lab_slug)
    query = select(JudgeAttempt.user_id, JudgeAttempt.lab_slug, JudgeAttempt.failures)
    query = query.join(JudgeAttempt.user).where(JudgeAttempt.id.in_(last), _is_of(user))
    codes: _ByLab[tuple[str, ...]] = defaultdict(dict)
    for user_id, lab, failures in session.execute(query):
        codes[user_id][lab] = _codes(failures)
    return codes


def _exported(row: Any) -> ExportedAttempt:
    return ExportedAttempt(
        id=row.id,
        learner=_learner(row.login, row.github_id, row.avatar_url),
        lab=row.lab_slug,
        status=AttemptStatus(row.status),
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        graded=row.graded,
        passed=row.passed,
        score=row.score,
        max_score=row.max_score,
        failing_codes=_codes(row.failures),
    )


def _learner(login: str, github_id: int | None, avatar_url: str | None) -> Learner:
    return Learner(login, github_id is not None, avatar_url)


def _codes(failures: list[dict[str, Any]]) -> tuple[str, ...]:
    return tuple(failure["code"] for failure in failures)
