"""A learner's home: their session, the course's labs with how far they are, and what is new."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime

from course_service.course_progress import LearnerProgress, read_own_progress
from course_service.errors import ExtensionRefused, HubUnavailable, SessionNotFound
from course_service.lab_progress import LabState
from course_service.session_store import EndReason

from .course_calendar import CourseCalendar
from .lab_card import make_card
from .news import NewsItem, find_news
from .page_handler import PageHandler
from .session_box import (
    SessionBox,
    SessionState,
    box_of_none,
    box_of_running,
    box_of_start,
    box_of_unknown,
)


class HomeHandler(PageHandler):
    """Where a learner comes after the sign-in. The page asks for itself again and again while it is seen."""

    async def get(self) -> None:
        await self.write_home()

    async def write_home(self, refusal: str = "") -> None:
        """Answer with the page; with `refusal`, why what was asked for was not done."""
        services, plan = self.services, self.services.course.plan
        now = services.watch.now()
        session = await self._find_session()
        progress = await asyncio.to_thread(read_own_progress, services.progress, plan, self.visitor)
        visit = await asyncio.to_thread(services.progress.visit_home, self.visitor, now)
        news: list[NewsItem] = []
        if visit.news_since is not None:
            news = await asyncio.to_thread(self._find_news, progress, visit.news_since, session)
        self.write_page(
            "home.html",
            course=plan,
            calendar=CourseCalendar(plan.zone, now),
            session=session,
            labs=[make_card(*both, now) for both in zip(plan, progress.labs, strict=True)],
            passed=sum(lab.state is LabState.PASSED for lab in progress.labs),
            is_new=visit.news_since is None
            and all(lab.state is LabState.NOT_STARTED for lab in progress.labs),
            since=visit.news_since,
            news=news,
            refusal=refusal,
        )

    @property
    def visitor(self) -> str:
        """The learner's name."""
        name: str = self.current_user
        return name

    async def _find_session(self) -> SessionBox:
        watch = self.services.watch
        try:
            with suppress(SessionNotFound):
                return box_of_running(await watch.find(self.visitor), watch.policy, watch.now())
            start = await watch.find_starting(self.visitor)
        except HubUnavailable:
            return box_of_unknown()
        return (
            box_of_start(start) if start else box_of_none(await watch.find_last(self.visitor), watch.policy)
        )

    def _find_news(self, progress: LearnerProgress, since: datetime, session: SessionBox) -> list[NewsItem]:
        services = self.services
        ended = [one for one in services.sessions.list_sessions(self.visitor) if one.ended_at is not None]
        if session.state is SessionState.NONE:
            ended = ended[:-1]  # its end is told beside the session's place already
        judged_again = services.store.list_judged_again(user=self.visitor, since=since)
        return find_news(
            services.course.plan, progress.labs, ended, judged_again, since, services.watch.now()
        )


class ExtendHandler(HomeHandler):
    """The Extend button of the page."""

    async def post(self) -> None:
        try:
            await self.services.watch.extend(self.visitor)
        except (ExtensionRefused, SessionNotFound) as error:
            self.set_status(409)
            await self.write_home(refusal=str(error))
            return
        self.redirect(self.hub_auth.base_url, status=303)


class EndHandler(HomeHandler):
    """The End button of the page."""

    async def post(self) -> None:
        with suppress(SessionNotFound):  # it has just ended by itself
            await self.services.watch.end(self.visitor, self.visitor, EndReason.STOPPED)
        self.redirect(self.hub_auth.base_url, status=303)
