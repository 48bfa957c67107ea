"""Times as learners read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from course_service.pages.course_calendar import CourseCalendar, say_span

NOW = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
CALENDAR = CourseCalendar(ZoneInfo("Europe/Berlin"), NOW)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2027, 1, 9, 8, 5, tzinfo=UTC), "Sat 9 Jan, 09:05 Europe/Berlin"),  # it is 2027 there
        (datetime(2026, 7, 1, 22, 5, tzinfo=UTC), "Thu 2 Jul 2026, 00:05 Europe/Berlin"),
    ],
)
def test_a_moment_is_told_by_the_courses_clocks(moment, words):
    assert CALENDAR.tell(moment) == words
    assert CALENDAR.tell_time(moment) == words.partition(", ")[2]


@pytest.mark.parametrize(
    ("hours", "words"),
    [(72.5, "in 3 days"), (-1.5, "90 minutes ago"), (0, "1 minute ago"), (0.001, "in 1 minute")],
)
def test_how_far_a_moment_is_away(hours, words):
    assert CALENDAR.tell_distance(NOW + timedelta(hours=hours)) == words


@pytest.mark.parametrize(
    ("hours", "words"),
    [(48, "2 days"), (47.9, "47 hours"), (2, "2 hours"), (1.99, "119 minutes"), (0, "1 minute")],
)
def test_a_span_is_as_coarse_as_it_can_be_read(hours, words):
    assert say_span(timedelta(hours=hours)) == words
