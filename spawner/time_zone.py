"""Names of time zones, which people write: in course.yaml, in a setting, in the hub's configuration."""

from __future__ import annotations

import difflib
from functools import cache
from zoneinfo import available_timezones


def check_time_zone(name: str) -> str:
    """The name, where the tz database has it. Raises `ValueError` with the nearest one that it has."""
    zones = _known_zones()
    if name not in zones:
        near = difflib.get_close_matches(name, zones, n=1)
        suggestion = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"there is no such time zone; expected a name such as Europe/Berlin.{suggestion}")
    return name


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads some 600 files
