"""What a course.yaml may say: its fields, the rules that cross them, and what its times mean."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from spawner.time_zone import check_time_zone

from .lab_description import Slug, Words
from .yaml_lines import Location

_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_EXPECTED_TIME = "expected a time of the course's time zone, such as 2026-11-09 23:59"
_YEARS = range(2000, 2100)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment at which clocks in `zone` show `local`.

    Raises `ValueError` where they never do, or do twice, because they are changed. The standard library
    takes such times without a word: https://peps.python.org/pep-0495/
    """
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError(f"{local:%Y-%m-%d %H:%M} does not exist in {zone.key}: clocks go forward over it")
    if first != second:
        raise ValueError(f"{local:%Y-%m-%d %H:%M} comes twice in {zone.key}: clocks go back over it")
    return first


def _parse_local_time(given: Any) -> Any:
    if isinstance(given, str) and _LOCAL_TIME.fullmatch(given):
        try:
            given = datetime.fromisoformat(given)
        except ValueError as error:
            raise ValueError(f"{error}; {_EXPECTED_TIME}") from None
    # YAML itself reads a time with seconds.
    if not isinstance(given, datetime) or given.tzinfo is not None or given.year not in _YEARS:
        raise ValueError(_EXPECTED_TIME)
    return given


LocalTime = Annotated[datetime, BeforeValidator(_parse_local_time)]
ZoneName = Annotated[Words, AfterValidator(check_time_zone)]


class AssignedLab(BaseModel):
    """A lab of the course, and when it may be worked on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lab: Slug
    opens: LocalTime | None = None
    due: LocalTime | None = None


class CourseDescription(BaseModel):
    """What course.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Words
    time_zone: ZoneName
    labs: tuple[AssignedLab, ...] = Field(min_length=1)

    def broken_rules(self, known: Collection[str]) -> Iterator[tuple[Location, str]]:
        """What is wrong although every field by itself is right; `known` are the slugs that there are."""
        zone = ZoneInfo(self.time_zone)
        seen: dict[str, int] = {}
        for place, assigned in enumerate(self.labs):
            here = ("labs", place)
            if assigned.lab not in known:
                labs = ", ".join(known) or "none"
                yield (*here, "lab"), f"there is no lab {assigned.lab!r}; expected one of {labs}"
            if assigned.lab in seen:
                yield (*here, "lab"), f"{assigned.lab!r} is labs[{seen[assigned.lab]}] already"
            seen.setdefault(assigned.lab, place)
            yield from _broken_times(assigned, zone, here)


def _broken_times(
    assigned: AssignedLab, zone: ZoneInfo, here: tuple[str | int, ...]
) -> Iterator[tuple[Location, str]]:
    moments = []
    for field, local in (("opens", assigned.opens), ("due", assigned.due)):
        if local is None:
            continue
        try:
            moments.append(to_utc(local, zone))
        except ValueError as error:
            yield (*here, field), f"{error}; expected another time"
    if len(moments) == 2 and moments[1] <= moments[0]:
        yield (
            (*here, "due"),
            f"{assigned.due:%Y-%m-%d %H:%M} is not after {assigned.opens:%Y-%m-%d %H:%M}; "
            "expected a time after it opens",
        )
