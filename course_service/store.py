"""The one door to the course's database.

Each public method is one transaction. Times are aware and in UTC. `database.upgrade_database` brings a
database of any earlier version, or none, to the tables of `orm`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .database_door import MOST_ID, DatabaseDoor
from .errors import AttemptNotFound
from .github_identity import GitHubIdentity, keep_identity
from .orm import JudgeAttempt, StoredSubmission, User
from .plain_tar import pack_files
from .submission import Submission, read_tar
from .submission_collector import MOST_STREAM_BYTES
from .verdict import JudgeResult

MOST_LISTED = 100
_RESULT_COLUMNS = (
    "passed",
    "graded",
    "score",
    "max_score",
    "failures",
    "checks",
    "metrics",
    "notes",
    "evidence",
)


class AttemptStatus(StrEnum):
    """Where an attempt is on its way."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"


@dataclass(frozen=True)
class Attempt:
    """A stored attempt; `result` is a JudgeResult as JSON, once it has one."""

    id: int
    lab: str
    user: str
    status: AttemptStatus
    submitted_at: datetime
    finished_at: datetime | None
    result: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "lab": self.lab,
            "user": self.user,
            "status": self.status,
            "submitted_at": self.submitted_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "result": self.result,
        }

    def summary_json(self) -> dict[str, Any]:
        """The attempt in a list: without logs and layers, which a list of many would be too long with."""
        summary = self.to_json()
        if self.result is not None:
            notes = {**self.result["notes"], "build_logs": [], "runtime_logs": []}
            evidence = {**self.result["evidence"], "layers": []}
            summary["result"] = {**self.result, "notes": notes, "evidence": evidence}
        return summary


@dataclass(frozen=True)
class JudgedAgain:
    """The verdict that judging again has left an attempt with."""

    lab: str
    at: datetime
    passed: bool
    score: int
    max_score: int


class Store(DatabaseDoor):
    """Learners and their attempts."""

    def keep_identity(self, login: str, identity: GitHubIdentity) -> None:
        """Write down who the learner `login` is on GitHub."""
        with self._session.begin() as session:
            keep_identity(session, login, identity)

    def add_attempt(
        self,
        *,
        user: str,
        server_name: str | None,
        lab: str,
        submission: Submission,
        if_interrupted: JudgeResult,
    ) -> Attempt:
        """Write down a new attempt that waits for its turn; `if_interrupted` stands if it never ends."""
        archive = zlib.compress(pack_files(submission.files, submission.executables))
        with self._session.begin() as session:
            _keep_submission(session, submission.context_digest, archive)
            row = JudgeAttempt(
                user=find_or_add_user(session, user),
                server_name=server_name,
                lab_slug=lab,
                status=AttemptStatus.QUEUED,
                context_digest=submission.context_digest,
                earlier_results=[],
                submitted_at=datetime.now(UTC),
                **if_interrupted.to_json(),
            )
            session.add(row)
            session.flush()
            return _attempt(row)

    def mark_running(self, attempt_id: int) -> None:
        """The attempt's turn has come."""
        with self._session.begin() as session:
            _find(session, attempt_id).status = AttemptStatus.RUNNING

    def finish_attempt(self, attempt_id: int, result: JudgeResult) -> Attempt:
        """Write down the verdict."""
        with self._session.begin() as session:
            row = _find(session, attempt_id)
            _write_result(row, result)
            row.status = AttemptStatus.FINISHED
            row.finished_at = datetime.now(UTC)
            return _attempt(row)

    def replace_result(self, attempt_id: int, result: JudgeResult) -> Attempt:
        """Let `result` stand in place of the verdict of a finished attempt, which is kept beside it."""
        with self._session.begin() as session:
            row = _find(session, attempt_id)
            row.earlier_results = [*row.earlier_results, _read_result(row)]
            _write_result(row, result)
            row.judged_again_at = datetime.now(UTC)
            return _attempt(row)

    def list_judged_again(self, *, user: str, since: datetime) -> list[JudgedAgain]:
        """The learner's own attempts that were judged again after `since`."""
        row = JudgeAttempt
        columns = row.lab_slug, row.judged_again_at, row.passed, row.score, row.max_score
        query = select(*columns).join(row.user).where(User.login == user, row.judged_again_at > since)
        with self._session.begin() as session:
            rows = session.execute(query).all()
        return [
            JudgedAgain(lab, at, passed, score, most)
            for lab, at, passed, score, most in rows
            if at is not None
        ]

    def earlier_results(self, attempt_id: int) -> list[dict[str, Any]]:
        """The verdicts that judging again has replaced, the oldest first."""
        with self._session.begin() as session:
            return list(_find(session, attempt_id).earlier_results)

    def load_submission(self, attempt_id: int) -> Submission | None:
        """The files of the attempt; None where they were not kept."""
        with self._session.begin() as session:
            digest = _find(session, attempt_id).context_digest
            stored = session.get(StoredSubmission, digest) if digest else None
            archive = stored.archive if stored else None
        if archive is None:
            return None
        return read_tar(zlib.decompressobj().decompress(archive, MOST_STREAM_BYTES), exclude=())

    def list_finished(
        self, *, lab: str, since: datetime | None = None, user: str | None = None
    ) -> list[Attempt]:
        """Every learner's finished attempts on `lab` submitted at `since` or later, the oldest first."""
        query = select(JudgeAttempt).join(JudgeAttempt.user).order_by(JudgeAttempt.id)
        query = query.where(JudgeAttempt.lab_slug == lab, JudgeAttempt.status == AttemptStatus.FINISHED)
        if since is not None:
            query = query.where(JudgeAttempt.submitted_at >= since)
        if user is not None:
            query = query.where(User.login == user)
        with self._session.begin() as session:
            return [_attempt(row) for row in session.scalars(query)]

    def close_unfinished(self) -> int:
        """Let what a stop of the service left unfinished end as it stands; how many there were."""
        with self._session.begin() as session:
            unfinished = select(JudgeAttempt).where(JudgeAttempt.status != AttemptStatus.FINISHED)
            rows = session.scalars(unfinished).all()
            for row in rows:
                row.status = AttemptStatus.FINISHED
                row.finished_at = datetime.now(UTC)
            return len(rows)

    def find_attempt(self, attempt_id: int, *, user: str) -> Attempt:
        """The learner's own attempt. Raises `AttemptNotFound`, also for somebody else's."""
        with self._session.begin() as session:
            row = _find(session, attempt_id)
            if row.user.login != user:
                raise AttemptNotFound(attempt_id)
            return _attempt(row)

    def has_passed(self, *, user: str, lab: str) -> bool:
        """True where one of the learner's own attempts on the lab was graded and passed."""
        query = select(JudgeAttempt.id).join(JudgeAttempt.user).where(User.login == user)
        query = query.where(JudgeAttempt.lab_slug == lab, JudgeAttempt.graded, JudgeAttempt.passed)
        query = query.where(JudgeAttempt.status == AttemptStatus.FINISHED)
        with self._session.begin() as session:
            return session.scalar(query.limit(1)) is not None

    def list_attempts(self, *, user: str, lab: str | None = None) -> Sequence[Attempt]:
        """The learner's own last `MOST_LISTED` attempts, newest first."""
        query = select(JudgeAttempt).join(JudgeAttempt.user).where(User.login == user)
        if lab is not None:
            query = query.where(JudgeAttempt.lab_slug == lab)
        with self._session.begin() as session:
            return [
                _attempt(row)
                for row in session.scalars(query.order_by(JudgeAttempt.id.desc()).limit(MOST_LISTED))
            ]


def find_or_add_user(session: Session, login: str) -> User:
    query = select(User).where(User.login == login)
    user = session.scalar(query)
    if user is None:
        # Of two first attempts at once, one comes first.
        with suppress(IntegrityError), session.begin_nested():
            session.add(User(login=login, created_at=datetime.now(UTC)))
        user = session.scalars(query).one()
    return user


def _keep_submission(session: Session, context_digest: str, archive: bytes) -> None:
    if session.get(StoredSubmission, context_digest) is None:
        # Of two attempts on the same files at once, one comes first.
        with suppress(IntegrityError), session.begin_nested():
            session.add(StoredSubmission(context_digest=context_digest, archive=archive))


def _find(session: Session, attempt_id: int) -> JudgeAttempt:
    row = session.get(JudgeAttempt, attempt_id) if attempt_id <= MOST_ID else None
    if row is None:
        raise AttemptNotFound(attempt_id)
    return row


def _attempt(row: JudgeAttempt) -> Attempt:
    status = AttemptStatus(row.status)
    is_finished = status is AttemptStatus.FINISHED
    return Attempt(
        id=row.id,
        lab=row.lab_slug,
        user=row.user.login,
        status=status,
        submitted_at=row.submitted_at,
        finished_at=row.finished_at,
        result=_read_result(row) if is_finished else None,
    )


def _read_result(row: JudgeAttempt) -> dict[str, Any]:
    return {column: getattr(row, column) for column in _RESULT_COLUMNS}


def _write_result(row: JudgeAttempt, result: JudgeResult) -> None:
    for column, value in result.to_json().items():
        setattr(row, column, value)
