"""What has changed for a learner since their last visit. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from course_service.course_plan import Assignment, CoursePlan
from course_service.errors import LabNotFound
from course_service.lab_progress import LabProgress, LabState
from course_service.session_handlers import describe_end
from course_service.session_store import EndReason, StoredSession
from course_service.store import JudgedAgain

from .course_calendar import say_span
from .lab_card import say_count

DUE_SOON = timedelta(days=2)
MOST_NEWS = 8
"""More is not read; the newest stay."""

_TOLD_ENDS = (EndReason.DEADLINE, EndReason.STAFF, EndReason.IDLE, EndReason.CRASHED)
"""A learner who has ended a session themselves knows it."""


@dataclass(frozen=True)
class NewsItem:
    """Something that happened, in a sentence."""

    at: datetime
    words: str


def find_news(
    plan: CoursePlan,
    progress: Sequence[LabProgress],
    ended: Sequence[StoredSession],
    judged_again: Sequence[JudgedAgain],
    since: datetime,
    now: datetime,
) -> list[NewsItem]:
    """What happened after `since`, up to now, the newest first. `progress` is in the order of the plan."""
    items = [
        *(item for both in zip(plan, progress, strict=True) for item in _of_lab(*both, now)),
        *(_of_end(session) for session in ended if session.end_reason in _TOLD_ENDS),
        *(item for one in judged_again for item in _of_judging_again(plan, one)),
    ]
    new = [item for item in items if since < item.at <= now]
    return sorted(new, key=lambda item: item.at, reverse=True)[:MOST_NEWS]


def _of_lab(assignment: Assignment, progress: LabProgress, now: datetime) -> Iterator[NewsItem]:
    title = f"“{assignment.lab.description.title}”"
    if assignment.opens_at is not None:
        yield NewsItem(assignment.opens_at, f"{title} has opened.")
    if progress.passed_at is not None:
        yield NewsItem(progress.passed_at, f"You passed {title}.")
    if assignment.due_at is None or progress.state is LabState.PASSED or not assignment.is_open(now):
        return
    if assignment.is_late(now):
        late = "Late work is taken too, and marked late."
        yield NewsItem(assignment.due_at, f"{title} was due, and you have not passed it yet. {late}")
    else:
        left = say_span(assignment.due_at - now)
        yield NewsItem(assignment.due_at - DUE_SOON, f"{title} is due in {left}.")


def _of_end(session: StoredSession) -> NewsItem:
    # Until its end is written down, the start is all that is known: it is then news at the next look.
    return NewsItem(session.ended_at or session.clock.started_at, str(describe_end(session)["message"]))


def _of_judging_again(plan: CoursePlan, judged: JudgedAgain) -> Iterator[NewsItem]:
    try:
        title = plan.find(judged.lab).lab.description.title
    except LabNotFound:
        return  # of the course no more
    score = f"{judged.score} of {say_count(judged.max_score, 'point')}"
    verdict = "passed" if judged.passed else "not passed"
    yield NewsItem(judged.at, f"An attempt of yours on “{title}” was judged again: {verdict}, {score}.")
