"""How far a learner is with a lab, for every order in which attempts can come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from course_service.course_plan import Assignment
from course_service.lab_progress import AttemptOutcome, LabState, find_progress

DUE = datetime(2026, 11, 9, 22, 59, tzinfo=UTC)
HOUR = timedelta(hours=1)
EARLY, AT_DUE, LATE, LATER = DUE - HOUR, DUE, DUE + HOUR, DUE + 2 * HOUR


def attempt(at: datetime, score: int | None, most: int = 4) -> AttemptOutcome:
    """An attempt with that many points; one without was not graded."""
    return AttemptOutcome(at, score is not None, score == most, score or 0, most)


@pytest.mark.parametrize(
    ("attempts", "state", "best", "on_time", "is_late", "passed_at"),
    [
        pytest.param([], "not_started", None, None, False, None, id="nothing"),
        pytest.param([(EARLY, None)], "in_progress", None, None, False, None, id="not graded alone"),
        pytest.param([(LATE, None)], "in_progress", None, None, False, None, id="not graded is not late"),
        pytest.param([(EARLY, 0)], "in_progress", 0, 0, False, None, id="no point"),
        pytest.param([(EARLY, 4)], "passed", 4, 4, False, EARLY, id="passed"),
        pytest.param([(AT_DUE, 4)], "passed", 4, 4, False, AT_DUE, id="at the very moment"),
        pytest.param([(LATE, 4)], "passed", 4, None, True, LATE, id="passed late"),
        pytest.param([(EARLY, 3), (LATE, 4)], "passed", 4, 3, True, LATE, id="on time, but not whole"),
        pytest.param([(EARLY, 4), (LATE, 2)], "passed", 4, 4, False, EARLY, id="a pass stays"),
        pytest.param([(EARLY, 4), (LATE, 4)], "passed", 4, 4, False, EARLY, id="the first pass counts"),
        pytest.param([(EARLY, 3), (LATE, 3)], "in_progress", 3, 3, False, None, id="the first of equals"),
        pytest.param([(EARLY, 2), (LATE, 3)], "in_progress", 3, 2, True, None, id="the best came late"),
        pytest.param([(EARLY, 3), (LATE, None)], "in_progress", 3, 3, False, None, id="then not graded"),
    ],
)
def test_state_score_and_lateness(lab1, attempts, state, best, on_time, is_late, passed_at):
    progress = find_progress(Assignment(lab1, due_at=DUE), [attempt(*one) for one in attempts])
    assert progress.state == state
    assert (progress.best_score, progress.best_score_on_time) == (best, on_time)
    assert (progress.is_late, progress.passed_at) == (is_late, passed_at)
    assert progress.attempts == len(attempts)
    assert progress.last_attempt_at == (attempts[-1][0] if attempts else None)
    assert progress.max_score == (4 if best is not None else lab1.description.max_score)


def test_where_nothing_is_due_nothing_is_late(lab1):
    progress = find_progress(Assignment(lab1), [attempt(EARLY, 1), attempt(LATER, 3)])
    assert (progress.best_score_on_time, progress.is_late) == (3, False)


def test_to_be_given_the_files_is_a_start(lab1):
    progress = find_progress(Assignment(lab1), started_at=EARLY)
    assert (progress.state, progress.started_at) == (LabState.IN_PROGRESS, EARLY)


@pytest.mark.parametrize(("files_at", "started_at"), [(None, LATE), (EARLY, EARLY), (LATER, LATE)])
def test_a_lab_is_started_by_what_comes_first(lab1, files_at, started_at):
    progress = find_progress(Assignment(lab1), [attempt(LATE, 1)], started_at=files_at)
    assert progress.started_at == started_at


def test_points_are_those_of_the_best_attempt_as_it_was_judged(lab1):
    progress = find_progress(Assignment(lab1), [attempt(EARLY, 3, most=6), attempt(LATE, 2, most=9)])
    assert (progress.best_score, progress.max_score) == (3, 6)
