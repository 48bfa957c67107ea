"""The class on one page, for course staff: every learner and lab, and what staff may do to a session."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from course_service.course_plan import Assignment, CoursePlan
from course_service.course_progress import ClassProgress, LearnerProgress
from course_service.errors import ExtensionRefused, HubUnavailable, LearnerNotFound, SessionNotFound
from course_service.lab_progress import LabState
from course_service.session_store import EndReason
from course_service.table_downloads import read_class, write_attempts, write_grades

from .class_view import FAILING, FIELDS, ClassView
from .page_handler import StaffPageHandler

STATE_WORDS = {
    LabState.NOT_STARTED: "not started",
    LabState.IN_PROGRESS: "in progress",
    LabState.PASSED: "passed",
    FAILING: "last check failed",
}
_DONE = {
    "extended": "Extended the session of {}.",
    "extended_all": "Extended every session that runs: {}.",
    "ended": "The session of {} ends now.",
}


class ClassHandler(StaffPageHandler):
    """The table, as the address asks for it."""

    async def get(self) -> None:
        await self.write_class()

    async def write_class(self, view: ClassView | None = None, refusal: str = "") -> None:
        """Answer with the page; with `refusal`, why what was asked for was not done."""
        services = self.services
        plan, now = services.course.plan, services.watch.now()
        progress = await read_class(services)
        view = view or ClassView.read(self._query(), plan.slugs)
        self.write_page(
            "class.html",
            plan=plan,
            now=now,
            view=view,
            learners=view.select(progress),
            in_class=len(progress.learners),
            running=sum(one.session is not None for one in progress.learners),
            places=await self._find_places_in_line(),
            totals=_count_states(progress),
            fields=FIELDS,
            words=STATE_WORDS,
            describe_times=partial(describe_times, plan, now=now),
            describe_last=partial(describe_last_attempt, plan),
            done=self._say_done(),
            refusal=refusal,
        )

    async def _find_places_in_line(self) -> dict[str, int]:
        """Who waits for a place, with theirs in the line; nobody, where the hub does not say."""
        try:
            return {one.user: one.place for one in await self.services.watch.list_waiting()}
        except HubUnavailable:
            return {}

    def read_view(self) -> ClassView:
        """The view that a form of the page was sent from."""
        query = {name: self.get_body_argument(name, "") for name in FIELDS}
        return ClassView.read(query, self.services.course.plan.slugs)

    def show_again(self, view: ClassView, **done: str) -> None:
        """Lead back to the table, which says what was done."""
        query = "&".join(filter(None, (view.address, urlencode(done))))
        self.redirect(f"{self.hub_auth.base_url}class?{query}", status=HTTPStatus.SEE_OTHER)

    def _query(self) -> dict[str, str]:
        return {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def _say_done(self) -> str:
        for name, words in _DONE.items():
            if user := self.get_query_argument(name, ""):
                return words.format(user)
        return ""


class SessionActionHandler(ClassHandler):
    """A button of the table: extends or ends a learner's session, and shows the table again."""

    async def post(self, user: str, action: str) -> None:
        watch, actor, view = self.services.watch, self.current_user, self.read_view()
        try:
            if action == "extend":
                await watch.extend_by_staff(user, actor)
            else:
                await watch.end(user, actor, EndReason.STAFF)
        except (ExtensionRefused, SessionNotFound, LearnerNotFound) as error:
            self.set_status(HTTPStatus.CONFLICT)
            await self.write_class(view, refusal=f"{user}: {error}")
            return
        self.show_again(view, **{"extended" if action == "extend" else "ended": user})


class ExtendAllHandler(ClassHandler):
    """The button that extends every session that runs."""

    async def post(self) -> None:
        view = self.read_view()
        extended, refused = await self.services.watch.extend_all(self.current_user)
        if refused:
            self.set_status(HTTPStatus.CONFLICT)
            reasons = " ".join(f"{user}: {error}" for user, error in refused.items())
            await self.write_class(view, refusal=f"Extended {len(extended)} sessions, but not all. {reasons}")
            return
        self.show_again(view, extended_all=str(len(extended)))


class GradesDownload(StaffPageHandler):
    """The grades as a file."""

    async def get(self) -> None:
        await write_grades(self)


class AttemptsDownload(StaffPageHandler):
    """The attempts as a file."""

    async def get(self) -> None:
        await write_attempts(self)


def describe_times(plan: CoursePlan, assignment: Assignment, now: datetime) -> str:
    """When the lab opens, where it has not, or is due; empty where it is open and never due."""
    if assignment.opens_at is not None and not assignment.is_open(now):
        return f"opens {_tell(plan, assignment.opens_at)}"
    return f"due {_tell(plan, assignment.due_at)}" if assignment.due_at else ""


def describe_last_attempt(plan: CoursePlan, one: LearnerProgress) -> str:
    """When the learner last pressed Check, in any lab."""
    moments = [lab.last_attempt_at for lab in one.labs if lab.last_attempt_at]
    return _tell(plan, max(moments)) if moments else "none"


def _tell(plan: CoursePlan, moment: datetime) -> str:
    local = plan.to_local(moment)
    return f"{local.day} {local:%b, %H:%M}"


def _count_states(progress: ClassProgress) -> list[Counter[LabState]]:
    """For each lab of the plan, how many learners are in which state."""
    columns = zip(*(one.labs for one in progress.learners), strict=True)
    counted = [Counter(lab.state for lab in column) for column in columns]
    return counted or [Counter() for _ in progress.plan]
