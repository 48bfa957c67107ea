"""The course as it is planned: its labs in order, when each opens and when it is due. Pure.

A moment is aware, and compared as such; the course's time zone is for what people write and read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .catalogue import Lab
from .errors import LabNotFound, LabNotOpen


@dataclass(frozen=True)
class Assignment:
    """A lab of the course; None: it is open from the start, or never due."""

    lab: Lab
    opens_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def slug(self) -> str:
        return self.lab.slug

    def is_open(self, now: datetime) -> bool:
        """True from `opens_at` on, also when it was due: late work is taken, and marked late."""
        return self.opens_at is None or now >= self.opens_at

    def is_late(self, submitted_at: datetime) -> bool:
        """True for what was submitted after `due_at`, to the second."""
        return self.due_at is not None and submitted_at > self.due_at

    def summary_json(self, now: datetime) -> dict[str, Any]:
        """The lab in the list of labs, with its times in UTC."""
        return {
            **self.lab.summary_json(),
            "opens_at": self.opens_at.isoformat() if self.opens_at else None,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "is_open": self.is_open(now),
        }


@dataclass(frozen=True)
class CoursePlan:
    """The labs of the course, in its order; no other lab is listed or judged."""

    title: str
    zone: ZoneInfo
    assignments: tuple[Assignment, ...]

    def __iter__(self) -> Iterator[Assignment]:
        return iter(self.assignments)

    @property
    def slugs(self) -> tuple[str, ...]:
        return tuple(assignment.slug for assignment in self.assignments)

    def find(self, slug: str) -> Assignment:
        """Raises `LabNotFound`, also for a lab that is not of this course."""
        for assignment in self.assignments:
            if assignment.slug == slug:
                return assignment
        raise LabNotFound(slug)

    def find_open(self, slug: str, now: datetime) -> Lab:
        """The lab, where it may be worked on now. Raises `LabNotFound` and `LabNotOpen`."""
        assignment = self.find(slug)
        if assignment.opens_at is not None and not assignment.is_open(now):
            raise LabNotOpen(assignment.lab.description.title, self.describe(assignment.opens_at))
        return assignment.lab

    def is_late(self, slug: str, submitted_at: datetime) -> bool:
        """True for an attempt that came after its lab was due; a lab of no plan is never due."""
        return any(one.slug == slug and one.is_late(submitted_at) for one in self.assignments)

    def to_local(self, moment: datetime) -> datetime:
        """The moment as clocks of the course show it."""
        return moment.astimezone(self.zone)

    def describe(self, moment: datetime) -> str:
        """The moment as it reads in a sentence: ``Monday 2 November 2026 at 09:00 (Europe/Berlin)``."""
        local = self.to_local(moment)
        return f"{local:%A} {local.day} {local:%B %Y} at {local:%H:%M} ({self.zone.key})"

    def to_json(self) -> dict[str, str]:
        """The course itself; its labs are listed beside it."""
        return {"title": self.title, "time_zone": self.zone.key}
