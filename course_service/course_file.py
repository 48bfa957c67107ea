"""course.yaml: read at the start, and again whenever it was changed.

A teacher moves a due time while the course runs. The file is looked at with each request that asks for the
plan, so a change counts from the next one on; a mistake in it leaves the plan as it was, and is in the log.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hub_config.settings import Settings

from .catalogue import Catalogue
from .course_description import AssignedLab, CourseDescription, to_utc
from .course_plan import Assignment, CoursePlan
from .errors import CatalogueError
from .yaml_file import YamlFile

COURSE_FILE = "course.yaml"
UNTITLED = "ContainrLab"
"""What a course without a file is called."""

log = logging.getLogger(__name__)


class CourseFile:
    """The course's plan, as its file says now."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        """Raises `CatalogueError` where the file is there and wrong."""
        self._catalogue = catalogue
        self._path = settings.course_file or settings.labs_dir / COURSE_FILE
        self._seen = _fingerprint(self._path)
        is_there = self._seen is not None or settings.course_file is not None
        self._plan = load_plan(self._path, catalogue) if is_there else plan_of_all(catalogue)

    @property
    def plan(self) -> CoursePlan:
        """The plan as it stands now."""
        seen = _fingerprint(self._path)
        if seen != self._seen:
            self._seen = seen
            try:
                self._plan = load_plan(self._path, self._catalogue)
                log.info("The course is now as %s says", self._path)
            except CatalogueError as error:
                log.error("The course stays as it was until this is mended:\n%s", error)
        return self._plan


def load_plan(path: Path, catalogue: Catalogue) -> CoursePlan:
    """The plan that the file says. Raises `CatalogueError`, with a line for each mistake."""
    file = YamlFile.read(path)
    description = file.parse_as(CourseDescription)
    known = [lab.slug for lab in catalogue]
    mistakes = [file.mistake(location, problem) for location, problem in description.broken_rules(known)]
    if mistakes:
        raise CatalogueError(path, *mistakes)
    zone = ZoneInfo(description.time_zone)
    assignments = tuple(_assignment(assigned, zone, catalogue) for assigned in description.labs)
    return CoursePlan(description.title, zone, assignments)


def plan_of_all(catalogue: Catalogue) -> CoursePlan:
    """Every lab there is, always open and never due."""
    return CoursePlan(UNTITLED, ZoneInfo("UTC"), tuple(Assignment(lab) for lab in catalogue))


def _assignment(assigned: AssignedLab, zone: ZoneInfo, catalogue: Catalogue) -> Assignment:
    def moment(local: datetime | None) -> datetime | None:
        return None if local is None else to_utc(local, zone)

    return Assignment(catalogue.find(assigned.lab), moment(assigned.opens), moment(assigned.due))


def _fingerprint(path: Path) -> tuple[int, int, int] | None:
    """Another one for a file that was changed; None where there is none that can be read."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
