"""Progress over HTTP: a learner's own, and for course staff the class's, as docs/interfaces.md lists them."""

from __future__ import annotations

import asyncio

from .course_progress import own_progress_json, read_own_progress
from .requests import LearnerHandler, StaffHandler
from .table_downloads import read_class, write_attempts, write_grades


class ProgressHandler(LearnerHandler):
    """The caller's own progress."""

    async def get(self) -> None:
        plan = self.services.course.plan
        progress = await asyncio.to_thread(read_own_progress, self.services.progress, plan, self.caller.name)
        self.write_json(own_progress_json(progress, plan, self.services.watch.now()))


class CourseProgressHandler(StaffHandler):
    """Every learner's progress."""

    async def get(self) -> None:
        self.write_json((await read_class(self.services)).to_json(self.services.watch.now()))


class GradesHandler(StaffHandler):
    """A line for each learner and lab."""

    async def get(self) -> None:
        await write_grades(self)


class AttemptsTableHandler(StaffHandler):
    """A line for each attempt."""

    async def get(self) -> None:
        await write_attempts(self)
