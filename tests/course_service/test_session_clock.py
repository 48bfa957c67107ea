"""One value says when a session ends, and what a learner may add to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from course_service.errors import ExtensionRefused
from course_service.session_clock import ClockPolicy, SessionClock

START = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
POLICY = ClockPolicy(
    length=timedelta(minutes=30), extension=timedelta(minutes=15), extensions=1, longest=timedelta(hours=1)
)
CLOCK = SessionClock(START, POLICY.length)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minute", "left", "warning", "is_over"),
    [
        (0, 30, None, False),
        (19.9, 10.1, None, False),
        (20, 10, 10, False),
        (25, 5, 5, False),
        (28.9, 1.1, 5, False),
        (29, 1, 1, False),
        (30, 0, 1, True),
        (99, 0, 1, True),
        pytest.param(-1, 31, None, False, id="the hub's clock is ahead of ours"),
    ],
)
def test_time_left_warnings_and_the_end_follow_from_the_deadline(minute, left, warning, is_over):
    assert CLOCK.time_left(at(minute)) == timedelta(minutes=left)
    assert CLOCK.find_warning(at(minute)) == warning
    assert CLOCK.is_over(at(minute)) is is_over


def test_an_extension_is_added_to_the_deadline_and_not_to_now():
    extended = CLOCK.extend(POLICY, at(12))
    assert extended.deadline == at(45)
    assert (CLOCK.extensions_left(POLICY), extended.extensions_left(POLICY)) == (1, 0)


def test_staff_extend_again_and_again_but_not_without_end():
    extended = CLOCK.extend(POLICY, at(1)).extend_by_staff(POLICY, at(2))
    assert (extended.deadline, extended.extensions) == (at(60), 1)
    with pytest.raises(ExtensionRefused, match="longer than 60 minutes"):
        extended.extend_by_staff(POLICY, at(3))
    with pytest.raises(ExtensionRefused, match="time is up"):
        CLOCK.extend_by_staff(POLICY, at(30))


@pytest.mark.parametrize(("waiting", "who"), [(1, "Another learner waits"), (2, "2 learners wait")])
def test_a_learner_has_no_more_time_while_others_wait_but_staff_may_give_it(waiting, who):
    with pytest.raises(ExtensionRefused, match=f"{who} for a place.* Your files are kept"):
        CLOCK.extend(POLICY, at(2), waiting)
    with pytest.raises(ExtensionRefused, match="extended once"):
        CLOCK.extend(POLICY, at(1)).extend(POLICY, at(2), waiting)
    assert CLOCK.extend_by_staff(POLICY, at(2)).deadline == at(45)


@pytest.mark.parametrize(
    ("clock", "policy", "minute", "said"),
    [
        (CLOCK.extend(POLICY, at(1)), POLICY, 2, "can be extended once"),
        (CLOCK, replace(POLICY, extensions=0), 2, "cannot be extended"),
        (replace(CLOCK, extensions=3), replace(POLICY, extensions=2), 2, "2 times"),
        (CLOCK, POLICY, 30, "time is up"),
    ],
    ids=["used up", "never", "the policy got stricter", "over"],
)
def test_what_the_policy_does_not_allow_is_refused_in_a_sentence(clock, policy, minute, said):
    with pytest.raises(ExtensionRefused, match=said):
        clock.extend(policy, at(minute))
