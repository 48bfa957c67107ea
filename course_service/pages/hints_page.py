"""What learners asked and were answered, for course staff: where a lab's own words do not help yet."""

from __future__ import annotations

import asyncio
from datetime import datetime

from course_service.hint_store import MOST_LISTED

from .course_calendar import CourseCalendar
from .page_handler import StaffPageHandler

SOURCE_WORDS = {"author": "the lab's author", "judge": "the judge", "ai": "AI"}
_LONGEST_NUMBER = 18


class HintsHandler(StaffPageHandler):
    """The newest first, of all labs or of one."""

    async def get(self) -> None:
        services = self.services
        plan = services.course.plan
        lab = self.get_query_argument("lab", "")
        before = self.get_query_argument("before", "")
        is_number = before.isascii() and before.isdecimal() and len(before) <= _LONGEST_NUMBER
        hints = await asyncio.to_thread(
            services.hints.hints.list_hints,
            lab=lab if lab in plan.slugs else None,
            before=int(before) if is_number else None,
        )
        self.write_page(
            "hints.html",
            plan=plan,
            lab=lab,
            hints=hints,
            older=hints[-1]["id"] if len(hints) == MOST_LISTED else None,
            titles={assignment.slug: assignment.lab.description.title for assignment in plan},
            sources=SOURCE_WORDS,
            mode=services.hints.mode,
            calendar=CourseCalendar(plan.zone, services.watch.now()),
            read_moment=datetime.fromisoformat,
        )
