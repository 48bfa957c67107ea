"""The labs of a course and its plan, with what is wrong in their files told in the operator's words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course_service.catalogue import load_catalogue
from course_service.course_file import CourseFile
from course_service.course_plan import CoursePlan
from course_service.errors import CatalogueError, LabNotFound
from hub_config.settings import Settings

from .errors import LabMissing


def read_course(settings: Settings) -> CoursePlan:
    """The course's plan, with every lab there is read on the way. Raises `LabMissing`."""
    with errors_of_labs(settings):
        return CourseFile(settings, load_catalogue(settings.labs_dir)).plan


@contextmanager
def errors_of_labs(settings: Settings) -> Iterator[None]:
    """Turn what a lab's folder or course.yaml raises into `LabMissing`."""
    try:
        yield
    except LabNotFound as error:
        raise LabMissing(
            f"There is no lab {error.slug!r}", f"{settings.labs_dir} has none", f"ls {settings.labs_dir}"
        ) from error
    except CatalogueError as error:
        raise LabMissing(
            "A lab or the course's file is not as it should be",
            _seen_from_here(error),
            "mend what these lines name",
        ) from error


def _seen_from_here(error: CatalogueError) -> str:
    """The mistakes, one a line, with paths as one would type them where the command was called."""
    return str(error).replace(f"{Path.cwd()}{os.sep}", "").replace("\n", "\n       ")
