"""What is one visit to a home page, and what is the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from course_service.home_visit import VISIT_GAP, HomeVisit

START = datetime(2026, 11, 2, 10, tzinfo=UTC)
SOON = timedelta(minutes=10)


def come(*moments: datetime) -> HomeVisit:
    visit = HomeVisit()
    for moment in moments:
        visit = visit.go_on(moment)
    return visit


def test_the_first_visit_has_no_news_however_long_it_lasts():
    looks = [START + number * SOON for number in range(20)]
    assert come(*looks) == HomeVisit(looks[-1], None)


def test_a_reload_loses_no_news():
    back = START + timedelta(days=2)
    assert come(START, START + SOON, back).news_since == START + SOON
    assert come(START, START + SOON, back, back, back + VISIT_GAP).news_since == START + SOON


def test_who_stays_away_for_longer_than_the_gap_has_seen_what_was_there():
    back = START + timedelta(days=2)
    later = back + VISIT_GAP + timedelta(seconds=1)
    assert come(START, back, later).news_since == back
