"""Progress over HTTP: a learner's own, and for course staff the class's, as docs/interfaces.md lists them."""

from __future__ import annotations

import asyncio

from tornado.iostream import StreamClosedError

from .course_progress import (
    ClassProgress,
    own_progress_json,
    read_class_progress,
    read_own_progress,
)
from .csv_table import to_csv
from .grade_tables import ATTEMPT_COLUMNS, GRADE_COLUMNS, attempt_row, grade_rows
from .requests import LearnerHandler, StaffHandler


class ProgressHandler(LearnerHandler):
    """The caller's own progress."""

    async def get(self) -> None:
        plan = self.services.course.plan
        progress = await asyncio.to_thread(read_own_progress, self.services.progress, plan, self.caller.name)
        self.write_json(own_progress_json(progress, plan, self.services.watch.now()))


class ClassHandler(StaffHandler):
    """What course staff see of the class."""

    async def read_class(self) -> ClassProgress:
        services = self.services
        return await asyncio.to_thread(
            read_class_progress, services.progress, services.sessions, services.course.plan
        )

    def begin_csv(self, file_name: str) -> None:
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{file_name}"')


class CourseProgressHandler(ClassHandler):
    """Every learner's progress."""

    async def get(self) -> None:
        self.write_json((await self.read_class()).to_json(self.services.watch.now()))


class GradesHandler(ClassHandler):
    """A line for each learner and lab."""

    async def get(self) -> None:
        progress = await self.read_class()
        self.begin_csv("grades.csv")
        self.finish(to_csv([GRADE_COLUMNS, *grade_rows(progress)]))


class AttemptsTableHandler(ClassHandler):
    """A line for each attempt, sent as they are read: a course has many thousands."""

    async def get(self) -> None:
        plan = self.services.course.plan
        parts = self.services.progress.iterate_attempts(plan.slugs)
        self.begin_csv("attempts.csv")
        self.write(to_csv([ATTEMPT_COLUMNS]))
        try:
            while part := await asyncio.to_thread(next, parts, None):
                self.write(to_csv(attempt_row(attempt, plan) for attempt in part))
                await self.flush()
        except StreamClosedError:
            return  # the reader has gone
