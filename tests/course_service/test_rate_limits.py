"""Limits count in the database: exactly, whoever asks at once, and across restarts."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from course_service.database import upgrade_database
from course_service.errors import TooManyHints
from course_service.hint_budgets import DayBudget, HintBudgets, HintRates
from course_service.rate_limits import CourseStorage
from hub_config.settings import Settings
from tests.postgres_server import KINDS, settings_for

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
FIVE = RateLimitItemPerMinute(5)


class Clock:
    """Stands where it is put."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The course's settings, with either kind of database, up to date."""
    own = settings_for(request.param, settings, request)
    upgrade_database(own.course_db_url)
    return own


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def storage(settings: Settings, clock: Clock) -> Iterator[CourseStorage]:
    storage = CourseStorage(settings.course_db_url, now=clock)
    yield storage
    storage.close()


def test_the_library_finds_it_by_the_courses_url(settings):
    storage = storage_from_string(settings.course_db_url)
    assert isinstance(storage, CourseStorage)
    assert storage.check()
    storage.close()


def test_a_window_begins_with_the_first_hit_and_ends_in_time(storage, clock):
    limiter = FixedWindowRateLimiter(storage)
    assert [limiter.hit(FIVE, "alice") for _ in range(7)] == [True] * 5 + [False] * 2
    assert limiter.hit(FIVE, "bob"), "each has a window of their own"
    stats = limiter.get_window_stats(FIVE, "alice")
    assert (stats.remaining, stats.reset_time) == (0, (START + timedelta(minutes=1)).timestamp())
    clock.now = START + timedelta(seconds=59.999)
    assert not limiter.hit(FIVE, "alice")
    clock.now = START + timedelta(minutes=1)
    assert limiter.get_window_stats(FIVE, "alice").remaining == 5
    assert limiter.hit(FIVE, "alice")
    assert limiter.get_window_stats(FIVE, "alice").remaining == 4


def test_of_any_number_at_once_each_is_counted(storage):
    with ThreadPoolExecutor(16) as threads:
        counts = list(threads.map(lambda _: storage.incr("k", 60), range(50)))
    assert sorted(counts) == list(range(1, 51))


def test_a_window_that_is_over_is_begun_by_one_of_many(storage, clock):
    storage.incr("k", 60, amount=40)
    clock.now = START + timedelta(hours=1)
    with ThreadPoolExecutor(16) as threads:
        counts = list(threads.map(lambda _: storage.incr("k", 60), range(50)))
    assert sorted(counts) == list(range(1, 51))


def test_windows_are_forgotten_when_they_are_over_or_when_told(storage, clock):
    for key, seconds in (("short", 1), ("long", 60), ("told", 60)):
        storage.incr(key, seconds)
    storage.clear("told")
    clock.now = START + timedelta(seconds=2)
    storage.forget_past()
    clock.now = START
    assert [storage.get(key) for key in ("short", "long", "told")] == [0, 1, 0]
    assert storage.reset() == 1
    assert storage.get("long") == 0


def test_a_restart_resets_nothing(settings):
    rates = HintRates(per_minute=2, ai_per_day=2, ai_per_course_day=3)
    first = HintBudgets(CourseStorage(settings.course_db_url), rates)
    assert [first.take_turn("alice", "") for _ in range(2)] == [1, 0]
    assert [first.take_ai("alice") for _ in range(2)] == [None, None]
    first.close()
    second = HintBudgets(CourseStorage(settings.course_db_url), rates)
    with pytest.raises(TooManyHints) as raised:
        second.take_turn("alice", "")
    assert 0 < raised.value.retry_after <= 60
    assert second.take_ai("alice") is DayBudget.LEARNER
    assert second.take_turn("bob", "") == 1
    assert second.take_ai("bob") is None
    assert second.take_ai("bob") is DayBudget.COURSE
    second.close()


def test_who_asks_when_the_courses_budget_is_used_up_loses_none_of_their_own(storage):
    budgets = HintBudgets(storage, HintRates(ai_per_day=1, ai_per_course_day=1))
    assert budgets.take_ai("alice") is None
    assert budgets.take_ai("bob") is DayBudget.COURSE
    generous = HintBudgets(storage, HintRates(ai_per_day=1, ai_per_course_day=5))
    assert generous.take_ai("bob") is None
