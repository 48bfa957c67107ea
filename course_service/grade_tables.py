"""Grades and attempts as tables; times are those of the course's zone, with their offset."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .course_plan import CoursePlan
from .course_progress import ClassProgress
from .csv_table import Cell
from .progress_store import ExportedAttempt

GRADE_COLUMNS = (
    *("learner", "github_login", "lab", "state", "attempts", "best_score", "max_score"),
    *("best_score_on_time", "is_late", "due_at", "started_at", "last_attempt_at", "passed_at"),
    "last_failing_codes",
)
ATTEMPT_COLUMNS = (
    *("attempt", "learner", "github_login", "lab", "submitted_at", "finished_at", "status", "graded"),
    *("passed", "score", "max_score", "is_late", "failing_codes"),
)


def grade_rows(progress: ClassProgress) -> Iterator[tuple[Cell, ...]]:
    """A row for each learner and lab, in the order of `GRADE_COLUMNS`."""
    plan = progress.plan
    for one in progress.learners:
        for assignment, lab in zip(plan, one.labs, strict=True):
            times = (assignment.due_at, lab.started_at, lab.last_attempt_at, lab.passed_at)
            yield (
                *(one.learner.user, one.learner.github_login, lab.slug, lab.state, lab.attempts),
                *(lab.best_score, lab.max_score, lab.best_score_on_time, lab.is_late),
                *(_local(plan, moment) for moment in times),
                " ".join(lab.last_failing_codes),
            )


def attempt_row(attempt: ExportedAttempt, plan: CoursePlan) -> tuple[Cell, ...]:
    """The attempt in the order of `ATTEMPT_COLUMNS`."""
    return (
        *(attempt.id, attempt.learner.user, attempt.learner.github_login, attempt.lab),
        *(_local(plan, attempt.submitted_at), _local(plan, attempt.finished_at), attempt.status),
        *(attempt.graded, attempt.passed, attempt.score, attempt.max_score),
        *(plan.is_late(attempt.lab, attempt.submitted_at), " ".join(attempt.failing_codes)),
    )


def _local(plan: CoursePlan, moment: datetime | None) -> str | None:
    return plan.to_local(moment).isoformat(timespec="seconds") if moment else None
