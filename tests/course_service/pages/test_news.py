"""What is news, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from course_service.course_plan import Assignment, CoursePlan
from course_service.lab_progress import AttemptOutcome, find_progress
from course_service.pages.news import DUE_SOON, MOST_NEWS, find_news
from course_service.session_clock import SessionClock
from course_service.session_store import EndReason, StoredSession
from course_service.store import JudgedAgain

NOW = datetime(2026, 11, 9, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE = NOW - DAY


def news_of_lab(lab, opens_at=None, due_at=None, passed_at=None) -> list[str]:
    assignment = Assignment(lab, opens_at, due_at)
    attempts = [AttemptOutcome(passed_at, True, True, 4, 4)] if passed_at else []
    plan = CoursePlan("Course", ZoneInfo("UTC"), (assignment,))
    progress = [find_progress(assignment, attempts)]
    return [item.words for item in find_news(plan, progress, [], [], SINCE, NOW)]


@pytest.mark.parametrize(
    ("times", "words"),
    [
        pytest.param({}, [], id="a lab that was always there"),
        pytest.param({"opens_at": NOW - HOUR}, ["has opened"], id="opened"),
        pytest.param({"opens_at": NOW}, ["has opened"], id="opens this moment"),
        pytest.param({"opens_at": SINCE}, [], id="had opened by the last visit"),
        pytest.param({"opens_at": NOW + HOUR, "due_at": NOW + DAY}, [], id="not open yet"),
        pytest.param({"due_at": NOW + DUE_SOON - HOUR}, ["is due in 47 hours"], id="due time came near"),
        pytest.param({"due_at": NOW + DUE_SOON + HOUR}, [], id="due later"),
        pytest.param({"due_at": NOW + HOUR}, [], id="near already at the last visit: the card says it"),
        pytest.param(
            {"due_at": NOW - HOUR}, ["was due, and you have not passed it yet"], id="due time passed"
        ),
        pytest.param({"due_at": SINCE - HOUR}, [], id="was due by the last visit"),
        pytest.param({"passed_at": NOW - HOUR}, ["You passed"], id="passed"),
        pytest.param({"passed_at": SINCE - HOUR, "due_at": NOW - HOUR}, [], id="passed long ago, due now"),
        pytest.param(
            {"opens_at": NOW - 2 * HOUR, "passed_at": NOW - HOUR},
            ["You passed", "has opened"],
            id="newest first",
        ),
    ],
)
def test_a_labs_times(lab1, times, words):
    found = news_of_lab(lab1, **times)
    assert len(found) == len(words)
    for one, expected in zip(found, words, strict=True):
        assert expected in one
        assert "“Your first Dockerfile”" in one


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (EndReason.DEADLINE, ["Your session ended because its 30 minutes were over. Your files are kept."]),
        (EndReason.STAFF, ["Your session was ended by your course staff. Your files are kept."]),
        (EndReason.STOPPED, []),
    ],
)
def test_an_end_that_the_learner_did_not_want_is_news(reason, words):
    clock = SessionClock(NOW - HOUR, timedelta(minutes=30))
    session = StoredSession(1, "ada", clock, clock.deadline, reason)
    plan = CoursePlan("Course", ZoneInfo("UTC"), ())
    assert [item.words for item in find_news(plan, [], [session], [], SINCE, NOW)] == words
    assert find_news(plan, [], [session], [], clock.deadline, NOW) == []


def test_judging_again_is_news_for_labs_of_the_course_and_there_are_never_too_many(lab1):
    plan = CoursePlan("Course", ZoneInfo("UTC"), (Assignment(lab1),))
    again = [JudgedAgain("lab1", NOW - number * timedelta(minutes=1), False, 1, 4) for number in range(20)]
    gone = JudgedAgain("gone", NOW, True, 4, 4)
    found = find_news(plan, [find_progress(Assignment(lab1))], [], [gone, *again], SINCE, NOW)
    assert [item.at for item in found] == [one.at for one in again[:MOST_NEWS]]
    assert "was judged again: not passed, 1 of 4 points" in found[0].words
