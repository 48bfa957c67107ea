"""A learner's session on their home page, in each state that it can be in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from course_service.hub_servers import StartingServer
from course_service.session_clock import WARNING_MINUTES, ClockPolicy
from course_service.session_handlers import describe_end
from course_service.session_store import StoredSession
from spawner.session_queue import describe_wait

from .course_calendar import say_time_left


class SessionState(StrEnum):
    """Where a learner's session is."""

    RUNNING = "running"
    ENDING = "ending"
    STARTING = "starting"
    WAITING = "waiting"
    NONE = "none"
    UNKNOWN = "unknown"
    """The hub does not say."""


@dataclass(frozen=True)
class SessionBox:
    """What the page says of the session; what is about another state than `state` is empty."""

    state: SessionState
    words: str = ""
    """A sentence; for a session that runs, its time left, which the browser counts on from."""
    expires_at: datetime | None = None
    warning: int | None = None
    """Which of the warnings, in minutes, holds."""
    extension_minutes: float | None = None
    """What the learner may still extend it by."""
    last_end: str | None = None
    """How the session before ended."""
    last_ended_at: datetime | None = None

    warnings: tuple[int, ...] = WARNING_MINUTES


def box_of_running(session: StoredSession, policy: ClockPolicy, now: datetime) -> SessionBox:
    """For a session that the hub runs."""
    clock = session.clock
    if session.end_reason is not None or clock.is_over(now):
        return SessionBox(SessionState.ENDING, "This session is ending. Your files are kept.")
    return SessionBox(
        SessionState.RUNNING,
        say_time_left(clock.time_left(now)),
        expires_at=clock.deadline,
        warning=clock.find_warning(now),
        extension_minutes=_minutes(policy) if clock.extensions_left(policy) else None,
    )


def box_of_start(start: StartingServer) -> SessionBox:
    """For a session that is on its way, or whose learner waits for a place."""
    if start.wait is None:
        return SessionBox(SessionState.STARTING, "Your session is starting.")
    words = describe_wait(start.wait.place, start.wait.expected_seconds)
    return SessionBox(SessionState.WAITING, f"All places are taken. {words}")


def box_of_none(last: StoredSession | None, policy: ClockPolicy) -> SessionBox:
    """For a learner without a session; `last` is the one before."""
    minutes = policy.length.total_seconds() / 60
    words = f"No session runs. Start a lab to begin one: it lasts {minutes:g} minutes."
    if last is None:
        return SessionBox(SessionState.NONE, words)
    end = str(describe_end(last)["message"])
    return SessionBox(SessionState.NONE, words, last_end=end, last_ended_at=last.ended_at)


def box_of_unknown() -> SessionBox:
    """For when the hub does not answer."""
    words = "The hub does not answer just now, so this page cannot say whether your session runs."
    return SessionBox(SessionState.UNKNOWN, words)


def _minutes(policy: ClockPolicy) -> float:
    return policy.extension.total_seconds() / 60
