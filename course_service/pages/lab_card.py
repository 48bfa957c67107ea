"""A lab on a learner's home page: how far they are with it, by when it is due, and what to do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from course_service.course_plan import Assignment
from course_service.lab_progress import LabProgress, LabState

_STATES = {
    LabState.NOT_STARTED: ("Not started", "", "secondary", "Start"),
    LabState.IN_PROGRESS: ("In progress", "", "info", "Resume"),
    LabState.PASSED: ("Passed", "✓", "success", "Open again"),
}
"""The state in words, a mark beside them, the badge's colour as Bootstrap names it, what one may do."""


@dataclass(frozen=True)
class LabCard:
    """What the page says of one lab."""

    slug: str
    title: str
    summary: str
    facts: tuple[str, ...]
    """Difficulty, minutes, best score, attempts: short, in this order."""
    state: str
    mark: str
    colour: str
    action: str | None
    """None as long as it is not open."""
    opens_at: datetime | None
    """None once it is open."""
    due_at: datetime | None
    is_overdue: bool
    """Due already, and not passed."""
    remarks: tuple[str, ...]
    """Sentences about what they did."""


def make_card(assignment: Assignment, progress: LabProgress, now: datetime) -> LabCard:
    """The card of a lab and its learner's progress on it."""
    description = assignment.lab.description
    is_open, is_passed = assignment.is_open(now), progress.state is LabState.PASSED
    state, mark, colour, action = _STATES[progress.state]
    return LabCard(
        slug=assignment.slug,
        title=description.title,
        summary=description.summary,
        facts=(str(description.difficulty), f"{description.minutes} minutes", *_scores(progress)),
        state=state if is_open else "Not open yet",
        mark=mark,
        colour=colour,
        action=action if is_open else None,
        opens_at=None if is_open else assignment.opens_at,
        due_at=assignment.due_at,
        is_overdue=assignment.is_late(now) and not is_passed,
        remarks=tuple(_remarks(progress, is_passed=is_passed)),
    )


def say_count(count: int, noun: str) -> str:
    """A number of things.

    >>> say_count(1, "attempt"), say_count(0, "lab")
    ('1 attempt', '0 labs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _scores(progress: LabProgress) -> list[str]:
    facts = []
    if progress.best_score is not None:
        facts.append(f"best score: {progress.best_score} of {say_count(progress.max_score, 'point')}")
    if progress.attempts:
        facts.append(say_count(progress.attempts, "attempt"))
    return facts


def _remarks(progress: LabProgress, *, is_passed: bool) -> list[str]:
    remarks = []
    if progress.last_failing_codes:
        things = say_count(len(progress.last_failing_codes), "thing")
        remarks.append(f"Your last check found {things} to fix; the notebook says which.")
    if progress.is_late:
        remarks.append("You passed it late." if is_passed else "Your best attempt came late.")
    return remarks
