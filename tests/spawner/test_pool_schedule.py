"""The pool's timetable: what may be written, what it means, and what is refused with which sentence."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spawner.pool_schedule import DAYS, MINUTES_A_DAY, PoolEntry, PoolSchedule

ZURICH = "Europe/Zurich"
CLASS = "Mon-Fri 09:45-10:30 20; Tue,Thu 13:50-14:20 12; 2026-12-01 08:00-12:00 30"
NIGHT = "Fri 22:00-02:00 9"
BASE = 2

YEAR = st.dates(date(2026, 1, 1), date(2027, 12, 31))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
ZONES = st.sampled_from([ZURICH, "UTC", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati"])


@st.composite
def entries(draw: st.DrawFn) -> PoolEntry:
    """Any entry that can be written."""
    weekdays = draw(st.frozensets(st.integers(0, 6)))
    dates = draw(st.frozensets(YEAR, min_size=0 if weekdays else 1, max_size=3))
    start = draw(st.integers(0, MINUTES_A_DAY - 1))
    end = draw(st.integers(0, MINUTES_A_DAY).filter(lambda minute: minute != start))
    return PoolEntry(weekdays, dates, start, end, draw(st.integers(1, 9999)))


def write(entry: PoolEntry) -> str:
    """The entry as a person would write it, day for day."""
    days = [*(DAYS[day] for day in entry.weekdays), *(day.isoformat() for day in entry.dates)]
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (entry.start, entry.end))
    return f"{','.join(days)} {start}-{end} {entry.size}"


def local_size(text: str, local: str, zone: str = ZURICH) -> int:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return PoolSchedule.parse(text, zone).size_at(moment, BASE)


@settings(deadline=None)
@given(st.lists(entries(), max_size=5), st.sampled_from(["; ", ";", "\n", " ;\n"]))
def test_what_is_written_is_what_is_read(timetable: list[PoolEntry], between: str):
    assert PoolSchedule.parse(between.join(map(write, timetable)), ZURICH).entries == tuple(timetable)


@settings(deadline=None)
@given(st.lists(entries(), max_size=5), MOMENTS, st.integers(0, 50), ZONES)
def test_pool_is_as_large_as_the_largest_entry_that_holds_and_never_below_its_usual_size(
    timetable: list[PoolEntry], now: datetime, base: int, zone: str
):
    local = now.astimezone(ZoneInfo(zone))
    holding = {entry.size for entry in timetable if holds(entry, local)}
    schedule = PoolSchedule(tuple(timetable), ZoneInfo(zone))
    assert schedule.size_at(now, base) == max({base} | holding)


def holds(entry: PoolEntry, local: datetime) -> bool:
    """The same by another way: every minute of the days' spans, on one line that midnight does not cut."""
    wall = local.replace(tzinfo=None)
    for day in (local.date(), local.date() - timedelta(days=1)):
        if day in entry.dates or day.weekday() in entry.weekdays:
            midnight = datetime.combine(day, datetime.min.time())
            length = (entry.end - entry.start) % MINUTES_A_DAY or MINUTES_A_DAY
            begins = midnight + timedelta(minutes=entry.start)
            if begins <= wall < begins + timedelta(minutes=length):
                return True
    return False


@settings(deadline=None)
@given(st.text() | st.text("MonTueFri,-:;09 \n"))
@example("Mon 09:00-10:00 " + "9" * 5000)
@example("Mon 09:00-10:00 \N{ARABIC-INDIC DIGIT FIVE}")
@example("2026-13-01 09:00-10:00 5")
def test_whatever_is_written_is_read_or_refused_in_a_sentence(text: str):
    said = refusal(text)
    assert said is None or (said.startswith("entry ") and said.endswith("(as in 'Mon-Fri 09:45-10:30 20')"))


def refusal(text: str) -> str | None:
    """What is said of it; None where it is read."""
    try:
        PoolSchedule.parse(text)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("text", "local", "size"),
    [
        ("", "2026-11-26 10:00", BASE),
        (CLASS, "2026-11-26 09:44", BASE),
        (CLASS, "2026-11-26 09:45", 20),
        (CLASS, "2026-11-26 10:29:59", 20),
        pytest.param(CLASS, "2026-11-26 10:30", BASE, id="the end is not in the span"),
        (CLASS, "2026-11-26 14:00", 12),
        pytest.param(CLASS, "2026-11-28 10:00", BASE, id="a Saturday"),
        pytest.param(CLASS, "2026-12-01 10:00", 30, id="a date over a weekday"),
        ("Mon-Fri 09:00-10:00 1", "2026-11-26 09:30", BASE),
        (NIGHT, "2026-11-27 21:59", BASE),
        (NIGHT, "2026-11-27 23:59:59", 9),
        (NIGHT, "2026-11-28 00:00", 9),
        (NIGHT, "2026-11-28 01:59:59", 9),
        (NIGHT, "2026-11-28 02:00", BASE),
        pytest.param(NIGHT, "2026-11-27 01:00", BASE, id="the night before is Thursday's"),
        ("2026-12-31 23:00-01:00 9", "2027-01-01 00:30", 9),
        ("Sun 20:00-24:00 9", "2026-11-29 23:59", 9),
        ("Sun 20:00-24:00 9", "2026-11-30 00:00", BASE),
        ("Sun 20:00-00:00 9", "2026-11-30 00:00", BASE),
        ("Sun 00:00-24:00 9", "2026-11-29 00:00", 9),
        pytest.param("Sat-Mon 09:00-10:00 9", "2026-11-29 09:00", 9, id="a range over the week's end"),
        ("Sat-Mon 09:00-10:00 9", "2026-11-27 09:00", BASE),
        ("tue , THU 09:00 - 10:00 9", "2026-11-26 09:00", 9),
        ("Mon, 2026-11-26 09:00-10:00 9;", "2026-11-26 09:00", 9),
    ],
)
def test_size_by_the_clock_on_the_wall(text: str, local: str, size: int):
    assert local_size(text, local) == size


@pytest.mark.parametrize(
    ("text", "utc", "size"),
    [
        pytest.param("Mon-Sun 09:45-10:30 20", "2026-03-28 08:45", 20, id="winter, the day before"),
        pytest.param("Mon-Sun 09:45-10:30 20", "2026-03-29 07:44", BASE, id="summer begins"),
        ("Mon-Sun 09:45-10:30 20", "2026-03-29 07:45", 20),
        pytest.param("Sun 02:15-02:45 9", "2026-03-29 01:15", BASE, id="an hour that never comes"),
        pytest.param("Sun 01:45-03:15 9", "2026-03-29 01:00", 9, id="a span over that hour: 30 minutes"),
        ("Sun 01:45-03:15 9", "2026-03-29 01:15", BASE),
        pytest.param("Sun 02:15-02:45 9", "2026-10-25 00:15", 9, id="an hour that comes twice: first"),
        ("Sun 02:15-02:45 9", "2026-10-25 00:45", BASE),
        pytest.param("Sun 02:15-02:45 9", "2026-10-25 01:15", 9, id="an hour that comes twice: second"),
        ("Mon-Sun 09:45-10:30 20", "2026-10-25 08:45", 20),
    ],
)
def test_size_where_clocks_are_changed(text: str, utc: str, size: int):
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert PoolSchedule.parse(text, ZURICH).size_at(now, BASE) == size


def test_without_a_zone_the_machines_clock_counts(monkeypatch: pytest.MonkeyPatch):
    schedule = PoolSchedule.parse("Thu 09:45-10:30 20")
    now = datetime(2026, 11, 26, 4, 30, tzinfo=UTC)
    with monkeypatch.context() as machine:
        machine.setenv("TZ", "Asia/Karachi")
        time.tzset()
        assert schedule.size_at(now, BASE) == BASE
        machine.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        assert schedule.size_at(now, BASE) == 20
    time.tzset()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Mon 09:00-10:00", "entry 1, 'Mon 09:00-10:00': an entry has days, a span of time and a number of"),
        ("every day 09:00-10:00 5", "an entry has days, a span"),
        ("Mon 09:00-10:00 5, Tue 09:00-10:00 5", "an entry has days, a span"),
        ("Mon 09:00-10:00 5; Montag 09:00-10:00 5", "entry 2, 'Montag 09:00-10:00 5': 'Montag' is no"),
        (
            "Mon-Wed-Fri 09:00-10:00 5",
            "'Mon-Wed-Fri' is not a day; write Mon, Tue, Wed, Thu, Fri, Sat or Sun",
        ),
        ("Mon,,Tue 09:00-10:00 5", "'' is not a day"),
        ("2026-02-30 09:00-10:00 5", "the calendar has no 2026-02-30"),
        ("1.12.2026 09:00-10:00 5", "or a date as 2026-12-01"),
        ("Mon 9:00-10:00 5", "'9:00-10:00' is not a span of time; write it as 09:45-10:30"),
        ("Mon 09:00 5", "'09:00' is not a span of time"),
        ("Mon 09:60-10:00 5", "'09:60-10:00' is not on the clock"),
        ("Mon 24:00-10:00 5", "is not on the clock"),
        ("Mon 09:00-24:01 5", "is not on the clock"),
        ("Mon 09:00-09:00 5", "'09:00-09:00' has no length; a whole day is 00:00-24:00"),
        ("Mon 09:00-10:00 0", "0 is not a number of sessions; write one from 1 to 9999"),
        ("Mon 09:00-10:00 10000", "10000 is not a number of sessions"),
        ("Mon 09:00-10:00 many", "many is not a number of sessions"),
    ],
)
def test_mistake_is_named_with_its_entry_and_how_it_should_read(text: str, problem: str):
    with pytest.raises(ValueError, match="as in 'Mon-Fri 09:45-10:30 20'") as caught:
        PoolSchedule.parse(text)
    assert problem in str(caught.value)


def test_zone_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="Did you mean Europe/Zurich"):
        PoolSchedule.parse(CLASS, "Europe/Zürich")
