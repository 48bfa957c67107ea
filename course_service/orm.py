"""The tables of the course's database; a change here needs a migration in ``migrations/``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

Key = Annotated[int, mapped_column(primary_key=True)]
Name = Annotated[str, mapped_column(String(255))]
Digest = Annotated[str, mapped_column(String(80))]


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC; databases that know no zones store it as it reads in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can change it on any database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's way


class User(Base):
    """A learner, as the hub names them."""

    __tablename__ = "users"

    id: Mapped[Key]
    github_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    login: Mapped[Name] = mapped_column(unique=True)
    avatar_url: Mapped[str | None]
    created_at: Mapped[datetime]
    home_seen_at: Mapped[datetime | None]
    """When they last saw their home page."""
    home_news_since: Mapped[datetime | None]
    """When their visit before this one ended (`home_visit.HomeVisit`)."""


class StoredSubmission(Base):
    """A folder as it was submitted, to be judged again; one row for all attempts on the same files."""

    __tablename__ = "submissions"

    context_digest: Mapped[Digest] = mapped_column(primary_key=True)
    archive: Mapped[bytes] = mapped_column(LargeBinary)
    """A plain tar, compressed by zlib."""


class JudgeAttempt(Base):
    """One press of Check.

    Its verdict is "not graded: the judge was stopped" from the first moment, and stands if no other comes.
    """

    __tablename__ = "judge_attempts"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    server_name: Mapped[str | None] = mapped_column(String(255))
    lab_slug: Mapped[str] = mapped_column(String(40), index=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    context_digest: Mapped[Digest | None] = mapped_column(ForeignKey("submissions.context_digest"))
    """None where the files were not kept."""
    graded: Mapped[bool]
    passed: Mapped[bool]
    score: Mapped[int]
    max_score: Mapped[int]
    failures: Mapped[list[Any]]
    checks: Mapped[list[Any]]
    metrics: Mapped[dict[str, Any]]
    notes: Mapped[dict[str, Any]]
    evidence: Mapped[dict[str, Any]]
    earlier_results: Mapped[list[Any]]
    """Verdicts that judging again has replaced, the oldest first."""
    judged_again_at: Mapped[datetime | None]
    """When it was last judged again."""
    submitted_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="joined")


class LabStart(Base):
    """When a learner was first given a lab's files."""

    __tablename__ = "lab_starts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    lab_slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime]


class LearnerSession(Base):
    """One run of a learner's server, from the hub's start time on."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("user_id", "created_at"),)

    session_id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    lab_slug: Mapped[str | None] = mapped_column(String(40))
    """None: a session is not bound to a lab."""
    container: Mapped[Name]
    ttl_seconds: Mapped[int]
    """What it was given, with its extensions; `expires_at` has it exactly."""
    extensions: Mapped[int]
    """How often its learner has extended it."""
    created_at: Mapped[datetime]
    """The hub's start time."""
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    end_reason: Mapped[str | None] = mapped_column(String(16))
    """Set as soon as it is told to end, which is before it has."""

    user: Mapped[User] = relationship(lazy="joined")


class AuditEvent(Base):
    """Something that was done to a session, by whom. Rows are only ever added."""

    __tablename__ = "audit_events"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[Name]
    """A login, or `clock` for the service itself."""
    action: Mapped[str] = mapped_column(String(40))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.session_id"), index=True)
    details: Mapped[dict[str, Any]]


class HintRequest(Base):
    """A hint that was asked for, and what was answered."""

    __tablename__ = "hint_requests"

    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.session_id"), index=True)
    lab_slug: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(16), server_default="hint")
    """`hint` or `explain`."""
    code: Mapped[str | None] = mapped_column(String(40))
    """The failure code that it was about."""
    ladder_step: Mapped[int | None]
    """How far up the code's ladder the answer stood, from 1 on; None for one that is not on it."""
    source: Mapped[str] = mapped_column(String(16))
    """Who answered: the lab's author, the judge's explanation, or a model."""
    model: Mapped[str | None] = mapped_column(String(255))
    """The model that was asked, whether it answered or not."""
    ai_failure: Mapped[str | None] = mapped_column(String(16))
    """Why it did not, as `hint_provider.HintFailure` has it."""
    question: Mapped[str | None]
    """What was asked in words, or what was to be explained."""
    answer: Mapped[str]
    tokens: Mapped[int | None]
    """Of what a model was asked and answered, all that is paid for."""
    latency_ms: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(index=True)

    user: Mapped[User] = relationship(lazy="joined")


class RateLimit(Base):
    """How often something was done in a window of time that began with its first."""

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(primary_key=True)
    hits: Mapped[int]
    expires_at: Mapped[datetime]
