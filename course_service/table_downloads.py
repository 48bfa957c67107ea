"""Grades and attempts as files for a spreadsheet, as the API and the class's page send them."""

from __future__ import annotations

import asyncio

from tornado.iostream import StreamClosedError

from .course_progress import ClassProgress, read_class_progress
from .csv_table import to_csv
from .grade_tables import ATTEMPT_COLUMNS, GRADE_COLUMNS, attempt_row, grade_rows
from .requests import CourseHandler, CourseServices


async def read_class(services: CourseServices) -> ClassProgress:
    """Everybody's progress now."""
    return await asyncio.to_thread(
        read_class_progress, services.progress, services.sessions, services.course.plan
    )


async def write_grades(handler: CourseHandler) -> None:
    """Answer with a line for each learner and lab."""
    progress = await read_class(handler.services)
    _begin(handler, "grades.csv")
    handler.finish(to_csv([GRADE_COLUMNS, *grade_rows(progress)]))


async def write_attempts(handler: CourseHandler) -> None:
    """Answer with a line for each attempt, sent as they are read: a course has many thousands."""
    plan = handler.services.course.plan
    parts = handler.services.progress.iterate_attempts(plan.slugs)
    _begin(handler, "attempts.csv")
    handler.write(to_csv([ATTEMPT_COLUMNS]))
    try:
        while part := await asyncio.to_thread(next, parts, None):
            handler.write(to_csv(attempt_row(attempt, plan) for attempt in part))
            await handler.flush()
    except StreamClosedError:
        return  # the reader has gone


def _begin(handler: CourseHandler, file_name: str) -> None:
    handler.set_header("Content-Type", "text/csv; charset=utf-8")
    handler.set_header("Content-Disposition", f'attachment; filename="{file_name}"')
