"""Which learners the class's table shows, and in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from course_service.course_plan import Assignment, CoursePlan
from course_service.course_progress import ClassProgress, LearnerProgress
from course_service.lab_progress import AttemptOutcome, find_progress
from course_service.pages.class_view import ClassView
from course_service.progress_store import Learner
from course_service.session_clock import SessionClock
from course_service.session_store import StoredSession

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LABS = ("lab1",)


def attempt(minute: int, score: int) -> AttemptOutcome:
    return AttemptOutcome(NOON + timedelta(minutes=minute), True, score == 4, score, 4)


@pytest.fixture
def progress(lab1) -> ClassProgress:
    """Ada has passed, Bob and Cem fail, Dia has only looked; Bob's session ends before Dia's."""
    assignment = Assignment(lab1)

    def learner(name: str, *attempts: AttemptOutcome, codes=(), ends: int | None = None, **more):
        lab = find_progress(assignment, attempts, last_failing_codes=codes, **more)
        clock = SessionClock(NOON, timedelta(minutes=ends or 0))
        session = StoredSession(1, name, clock, None, None) if ends else None
        return LearnerProgress(Learner(name, False, None), (lab,), session)

    return ClassProgress(
        CoursePlan("Containers", ZoneInfo("UTC"), (assignment,)),
        (
            learner("Ada", attempt(5, 4)),
            learner("bob", attempt(9, 1), codes=["healthcheck_failed"], ends=20),
            learner("Cem", attempt(1, 3), codes=["docker_build_failed"]),
            learner("dia", started_at=NOON, ends=30),
            learner("Eva"),
        ),
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({}, "Ada bob Cem dia Eva", id="everybody by name"),
        pytest.param({"sort": "-name"}, "Eva dia Cem bob Ada", id="the other way round"),
        pytest.param({"sort": "session"}, "bob dia Ada Cem Eva", id="whose session ends first"),
        pytest.param({"sort": "passed"}, "bob Cem dia Eva Ada", id="who has passed least"),
        pytest.param({"sort": "-activity"}, "bob Ada Cem dia Eva", id="who worked last"),
        pytest.param({"sort": "lab1"}, "Eva dia bob Cem Ada", id="by state, then by points"),
        pytest.param({"find": "AD"}, "Ada", id="a name, whatever its case"),
        pytest.param({"find": " build "}, "Cem", id="a failing code"),
        pytest.param({"state": "in_progress"}, "bob Cem dia", id="in progress"),
        pytest.param({"state": "failing", "lab": "lab1"}, "bob Cem", id="whose last check failed"),
        pytest.param({"state": "not_started", "sort": "-name"}, "Eva", id="not started"),
        pytest.param({"find": "nobody"}, "", id="nobody"),
        pytest.param({"sort": "cheese", "state": "?", "lab": "lab9"}, "Ada bob Cem dia Eva", id="nonsense"),
    ],
)
def test_shows_whom_the_address_asks_for(progress, query, expected):
    shown = ClassView.read(query, LABS).select(progress)
    assert [one.learner.user for one in shown] == expected.split()


@pytest.mark.parametrize(
    "query", [{}, {"find": "a&b=c"}, {"state": "failing", "lab": "lab1", "sort": "-lab1"}]
)
def test_an_address_is_read_as_it_was_written(query):
    view = ClassView.read(query, LABS)
    pairs = dict(pair.split("=") for pair in view.address.split("&") if pair)
    assert set(pairs) == set(query)
    assert view.is_filtered == bool({"find", "state"} & set(query))


def test_a_column_is_sorted_and_then_the_other_way_round():
    once = ClassView().sorted_by("passed")
    assert (once.direction("passed"), once.direction("name")) == ("ascending", "none")
    assert once.sorted_by("passed").direction("passed") == "descending"
    assert ClassView().direction("name") == "ascending"
