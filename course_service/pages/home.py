"""A learner's home: the course's labs, each with a way into it."""

from __future__ import annotations

from .page_handler import PageHandler


class HomeHandler(PageHandler):
    """Where a learner comes after the sign-in."""

    def get(self) -> None:
        self.write_page("home.html", labs=[one.lab for one in self.services.course.plan])
