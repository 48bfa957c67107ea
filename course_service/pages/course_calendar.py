"""Moments and spans of time in the words of a page. Pure; a page shows all of its times by one calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
_FROM_TWO = 2
"""A unit is used from two of it on: 36 hours say more than a day."""


@dataclass(frozen=True)
class CourseCalendar:
    """The course's time zone, and what time it is."""

    zone: ZoneInfo
    now: datetime

    def tell(self, moment: datetime) -> str:
        """The moment as clocks of the course show it, and by which clocks.

        >>> from datetime import UTC
        >>> calendar = CourseCalendar(ZoneInfo("Europe/Berlin"), datetime(2026, 11, 6, tzinfo=UTC))
        >>> calendar.tell(datetime(2026, 11, 9, 22, 59, tzinfo=UTC))
        'Mon 9 Nov, 23:59 Europe/Berlin'
        """
        local = moment.astimezone(self.zone)
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local.year}"
        return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M} {self.zone.key}"

    def tell_time(self, moment: datetime) -> str:
        """As `tell`, for what is a matter of hours."""
        return f"{moment.astimezone(self.zone):%H:%M} {self.zone.key}"

    def tell_distance(self, moment: datetime) -> str:
        """How far away it is, as coarse as it can be read at a glance: ``in 3 days``, ``2 hours ago``."""
        distance = moment - self.now
        words = say_span(abs(distance))
        return f"in {words}" if distance > timedelta() else f"{words} ago"


def say_span(span: timedelta) -> str:
    """Rounded down, but never nothing.

    >>> [say_span(timedelta(hours=hours)) for hours in (72, 47, 1.9, 0)]
    ['3 days', '47 hours', '114 minutes', '1 minute']
    """
    for name, unit in _UNITS:
        if span >= _FROM_TWO * unit:
            return f"{span // unit} {name}s"
    return "1 minute"


def say_time_left(left: timedelta) -> str:
    """A session's time left, in the words of the panel in the notebooks and of ``static/home.js``.

    >>> [say_time_left(timedelta(seconds=one)) for one in (1740, 61, 59.5, 1, 0)]
    ['29 minutes', '2 minutes', '60 seconds', '10 seconds', 'No time']
    """
    seconds = left.total_seconds()
    if seconds > 60:
        return f"{-(-seconds // 60):.0f} minutes"
    return f"{-(-seconds // 10) * 10:.0f} seconds" if seconds > 0 else "No time"
