"""When more warm sessions are kept ready than usual: the pool's timetable, as an operator writes it. Pure.

The times are what clocks on the wall show. So a span in the hour that a change of clocks leaves out never
comes that day, and one in the hour that it repeats comes twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from .time_zone import check_time_zone

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "Mon-Fri 09:45-10:30 20"
MINUTES_A_DAY = 24 * 60

_EXPECTED_DAYS = f"write {', '.join(DAYS[:-1])} or {DAYS[-1]}, a range as Mon-Fri, or a date as 2026-12-01"
_EXPECTED_SPAN = "write it as 09:45-10:30, from 00:00 to 24:00"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_SIZE = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class PoolEntry:
    """One line of the timetable: on some days, from one minute of the day to another, so many sessions.

    Where `end` is before `start`, the span passes midnight and ends on the day after.
    """

    weekdays: frozenset[int]
    """Days of the week, as `date.weekday` counts them: 0 is Monday."""
    dates: frozenset[date]
    start: int
    end: int
    size: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `ValueError` with what is wrong and how it should read."""
        parts = re.sub(r"\s*([,-])\s*", r"\1", text).split()
        if len(parts) != 3:
            raise ValueError("an entry has days, a span of time and a number of sessions")
        days, span, size = parts
        if not _SIZE.fullmatch(size):
            raise ValueError(f"{size} is not a number of sessions; write one from 1 to 9999")
        weekdays, dates = _parse_days(days)
        return cls(weekdays, dates, *_parse_span(span), int(size))

    def covers(self, local: datetime) -> bool:
        """Whether a clock on the wall that shows `local` is within the span; its last minute is not."""
        minute = local.hour * 60 + local.minute
        today = local.date()
        if self.start < self.end:
            return self._is_on(today) and self.start <= minute < self.end
        began_yesterday = minute < self.end and self._is_on(today - timedelta(days=1))
        return began_yesterday or (minute >= self.start and self._is_on(today))

    def _is_on(self, day: date) -> bool:
        return day.weekday() in self.weekdays or day in self.dates


@dataclass(frozen=True)
class PoolSchedule:
    """The whole timetable. Without entries the pool is always of its usual size."""

    entries: tuple[PoolEntry, ...]
    zone: ZoneInfo | None
    """Whose clocks the entries mean; None: this machine's."""

    @classmethod
    def parse(cls, text: str, timezone: str = "") -> Self:
        """Read entries between semicolons or on lines of their own; an empty `timezone` is this machine's.

        Raises `ValueError` with the entry, what is wrong in it and how it should read.

        >>> schedule = PoolSchedule.parse("Mon-Fri 09:45-10:30 20; Fri 22:00-02:00 9", "Europe/Zurich")
        >>> schedule.size_at(datetime.fromisoformat("2026-11-28T00:59:59+00:00"), base=2)
        9
        """
        zone = ZoneInfo(check_time_zone(timezone)) if timezone else None
        entries = []
        for written in filter(None, map(str.strip, re.split("[;\n]", text))):
            try:
                entries.append(PoolEntry.parse(written))
            except ValueError as error:
                place = len(entries) + 1
                raise ValueError(f"entry {place}, {written!r}: {error} (as in {EXAMPLE!r})") from error
        return cls(tuple(entries), zone)

    def size_at(self, now_utc: datetime, base: int) -> int:
        """How many sessions are to be ready at this aware moment: `base`, or what an entry adds to it.

        Entries may overlap: the largest number holds. None lowers the pool below `base`.
        """
        local = now_utc.astimezone(self.zone)
        return max([base, *(entry.size for entry in self.entries if entry.covers(local))])


def _parse_days(text: str) -> tuple[frozenset[int], frozenset[date]]:
    weekdays: set[int] = set()
    dates: set[date] = set()
    for part in text.split(","):
        if _DATE.fullmatch(part):
            dates.add(_parse_date(part))
        else:
            weekdays |= _parse_weekdays(part)
    return frozenset(weekdays), frozenset(dates)


def _parse_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"the calendar has no {text}") from error


def _parse_weekdays(text: str) -> set[int]:
    """One day, or a range, which may pass a week's end: Sat-Mon."""
    try:
        first, *rest = (DAYS.index(name.capitalize()) for name in text.split("-"))
        (last,) = rest or (first,)
    except ValueError:
        raise ValueError(f"{text!r} is not a day; {_EXPECTED_DAYS}") from None
    return {day % 7 for day in range(first, last + 1 if first <= last else last + 8)}


def _parse_span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a span of time; {_EXPECTED_SPAN}")
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if max(start_minute, end_minute) > 59 or start >= MINUTES_A_DAY or end > MINUTES_A_DAY:
        raise ValueError(f"{text!r} is not on the clock; {_EXPECTED_SPAN}")
    if start == end:
        raise ValueError(f"{text!r} has no length; a whole day is 00:00-24:00")
    return start, end
