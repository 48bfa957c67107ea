"""How far a learner is with a lab, from their attempts on it. Pure.

An attempt that was not graded is one that they made, and nothing more: it neither passes, nor fails, nor has
a score. A verdict that judging again has replaced counts as it stands now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from .course_plan import Assignment


class LabState(StrEnum):
    """Where a learner is with a lab."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    PASSED = "passed"


@dataclass(frozen=True)
class AttemptOutcome:
    """What progress asks of an attempt; `is_graded` is false as long as it has no verdict."""

    submitted_at: datetime
    is_graded: bool
    is_passed: bool
    score: int
    max_score: int


@dataclass(frozen=True)
class LabProgress:
    """A learner and a lab."""

    slug: str
    state: LabState
    attempts: int
    """All of them, those without a verdict too."""
    best_score: int | None
    """None where no attempt was graded."""
    max_score: int
    """Of the best attempt as it was judged; where there is none, of the lab as it is now."""
    best_score_on_time: int | None
    """Of the graded attempts that came by the due time; None where none did."""
    is_late: bool
    """True where the first pass or, as long as there is none, the best attempt came after the due time."""
    last_failing_codes: tuple[str, ...]
    """Of the last graded attempt; none where it passed."""
    started_at: datetime | None
    """When the lab's files were first given out, or at the first attempt, whichever came first."""
    last_attempt_at: datetime | None
    passed_at: datetime | None
    """When the first attempt that passed was submitted."""

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "attempts": self.attempts,
            "best_score": self.best_score,
            "max_score": self.max_score,
            "best_score_on_time": self.best_score_on_time,
            "is_late": self.is_late,
            "last_failing_codes": list(self.last_failing_codes),
            "started_at": _text(self.started_at),
            "last_attempt_at": _text(self.last_attempt_at),
            "passed_at": _text(self.passed_at),
        }


def find_progress(
    assignment: Assignment,
    attempts: Sequence[AttemptOutcome] = (),
    *,
    started_at: datetime | None = None,
    last_failing_codes: Sequence[str] = (),
) -> LabProgress:
    """A learner's progress from all their attempts on the lab, the oldest first.

    `started_at` is when they were given its files. `last_failing_codes` are those of the last graded attempt:
    only they are asked for, since a class has many thousands.
    """
    graded = [attempt for attempt in attempts if attempt.is_graded]
    on_time = [attempt for attempt in graded if not assignment.is_late(attempt.submitted_at)]
    passed = next((attempt for attempt in graded if attempt.is_passed), None)
    # Of equals the first: who reached a score in time is not late for having reached it once more.
    best = max(graded, key=lambda attempt: attempt.score, default=None)
    counted = passed or best
    starts = [moment for moment in (started_at, *(one.submitted_at for one in attempts[:1])) if moment]
    return LabProgress(
        slug=assignment.slug,
        state=_state(is_passed=passed is not None, is_started=bool(starts)),
        attempts=len(attempts),
        best_score=best.score if best else None,
        max_score=best.max_score if best else assignment.lab.description.max_score,
        best_score_on_time=max((attempt.score for attempt in on_time), default=None),
        is_late=counted is not None and assignment.is_late(counted.submitted_at),
        last_failing_codes=tuple(last_failing_codes),
        started_at=min(starts, default=None),
        last_attempt_at=attempts[-1].submitted_at if attempts else None,
        passed_at=passed.submitted_at if passed else None,
    )


def _state(*, is_passed: bool, is_started: bool) -> LabState:
    if is_passed:
        return LabState.PASSED
    return LabState.IN_PROGRESS if is_started else LabState.NOT_STARTED


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
