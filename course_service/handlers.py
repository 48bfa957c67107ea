"""The course service's addresses, as docs/interfaces.md lists them."""

from __future__ import annotations

import asyncio
import json

from tornado import web
from tornado.iostream import StreamClosedError

from .attempt_events import AttemptEvent
from .catalogue import Lab, learner_tar
from .errors import SolutionLocked
from .hint_handlers import AgentHandler, CourseHintsHandler, ExplainHandler, HintHandler
from .metrics_handler import MetricsHandler
from .progress_handlers import AttemptsTableHandler, CourseProgressHandler, GradesHandler, ProgressHandler
from .requests import CourseServices, JsonHandler, LearnerHandler
from .session_handlers import ExtendHandler, SessionHandler
from .session_staff_handlers import (
    EndAllHandler,
    EndSessionHandler,
    ExtendAllHandler,
    ExtendSessionHandler,
    SessionsHandler,
)
from .submission import read_tar
from .submission_collector import MOST_STREAM_BYTES, too_large_body


class HealthHandler(JsonHandler):
    """Says that the service is up."""

    def get(self) -> None:
        self.write_json({"status": "ok"})


class MeHandler(LearnerHandler):
    """Who the hub says you are."""

    def get(self) -> None:
        self.write_json(self.caller.to_json())


class LabsHandler(LearnerHandler):
    """The labs in course order."""

    def get(self) -> None:
        now = self.services.watch.now()
        self.write_json({"labs": [one.summary_json(now) for one in self.services.course.plan]})


class LabHandler(LearnerHandler):
    """One lab."""

    def get(self, slug: str) -> None:
        plan = self.services.course.plan
        assignment = plan.find(slug)
        summary = assignment.summary_json(self.services.watch.now())
        due = plan.describe(assignment.due_at) if assignment.due_at else None
        self.write_json({**assignment.lab.to_json(), **summary, "due": due})


class LabFilesHandler(LearnerHandler):
    """What is copied to the learner."""

    async def get(self, slug: str) -> None:
        lab = self.find_open(slug)
        archive = await asyncio.to_thread(learner_tar, lab)
        now = self.services.watch.now()
        await asyncio.to_thread(self.services.progress.record_start, self.caller.name, lab.slug, now)
        self.set_header("Content-Type", "application/x-tar")
        self.finish(archive)


class SolutionHandler(LearnerHandler):
    """The explained solution, for who has passed this very lab."""

    async def get(self, slug: str) -> None:
        lab = self.find_open(slug)
        if not await asyncio.to_thread(self.services.store.has_passed, user=self.caller.name, lab=lab.slug):
            raise SolutionLocked()
        self.write_json(await asyncio.to_thread(lab.solution_json))


@web.stream_request_body
class JudgeHandler(LearnerHandler):
    """Takes a submission. The body is counted as it comes, and refused as soon as it is too long."""

    lab: Lab

    async def prepare(self) -> None:
        self._body = bytearray()
        await super().prepare()
        if self.request.method != "POST":
            return  # tornado answers 405
        (slug,) = self.path_args
        self.lab = self.find_open(slug)
        self.services.queue.refuse_second(self.caller.name)
        if int(self.request.headers.get("Content-Length", "0")) > MOST_STREAM_BYTES:
            raise too_large_body()

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk
        if len(self._body) > MOST_STREAM_BYTES and not self._finished:
            self._body.clear()
            error = too_large_body()
            self.send_error(413, exc_info=(type(error), error, None))

    async def post(self, slug: str) -> None:
        exclude = self.lab.description.submission.exclude
        submission = await asyncio.to_thread(read_tar, bytes(self._body), exclude)
        attempt_id = await self.services.queue.submit(
            self.caller.name, self.caller.server, self.lab, submission
        )
        self.set_status(202)
        self.write_json({"attempt_id": attempt_id})


class AttemptsHandler(LearnerHandler):
    """The caller's own attempts."""

    async def get(self) -> None:
        lab = self.get_query_argument("lab", None)
        attempts = await asyncio.to_thread(self.services.store.list_attempts, user=self.caller.name, lab=lab)
        self.write_json({"attempts": [self.mark_late(attempt.summary_json()) for attempt in attempts]})


class AttemptHandler(LearnerHandler):
    """One of the caller's own attempts."""

    async def get(self, attempt_id: str) -> None:
        attempt = await asyncio.to_thread(
            self.services.store.find_attempt, int(attempt_id), user=self.caller.name
        )
        self.write_json(self.mark_late(attempt.to_json()))


class AttemptEventsHandler(LearnerHandler):
    """What happens in an attempt, from its start, as server-sent events."""

    async def get(self, attempt_id: str) -> None:
        # First the events: an attempt that ends between the two questions is then found finished.
        events = self.services.queue.events(int(attempt_id))
        attempt = await asyncio.to_thread(
            self.services.store.find_attempt, int(attempt_id), user=self.caller.name
        )
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")
        try:
            if events is None:
                await self._send(AttemptEvent("result", attempt.to_json()))
                return
            async for event in events.follow():
                await self._send(event)
        except StreamClosedError:
            return  # the reader has gone

    async def _send(self, event: AttemptEvent | None) -> None:
        if event is None:
            self.write(": keep-alive\n\n")
        else:
            data = self.mark_late(event.data) if event.name == "result" else event.data
            self.write(f"event: {event.name}\ndata: {json.dumps(data)}\n\n")
        await self.flush()


def routes(
    prefix: str, services: CourseServices
) -> list[tuple[str, type[web.RequestHandler], dict[str, object]]]:
    """Every address below the service's prefix."""
    handlers: list[tuple[str, type[web.RequestHandler]]] = [
        ("health", HealthHandler),
        ("metrics", MetricsHandler),
        ("api/me", MeHandler),
        ("api/session", SessionHandler),
        ("api/session/extend", ExtendHandler),
        ("api/sessions", SessionsHandler),
        ("api/sessions/extend", ExtendAllHandler),
        ("api/sessions/end", EndAllHandler),
        ("api/sessions/([^/]+)/extend", ExtendSessionHandler),
        ("api/sessions/([^/]+)/end", EndSessionHandler),
        ("api/labs", LabsHandler),
        ("api/labs/([^/]+)", LabHandler),
        ("api/labs/([^/]+)/files", LabFilesHandler),
        ("api/labs/([^/]+)/solution", SolutionHandler),
        ("api/judge/([^/]+)", JudgeHandler),
        ("api/agent", AgentHandler),
        ("api/agent/hint", HintHandler),
        ("api/agent/explain", ExplainHandler),
        ("api/progress", ProgressHandler),
        ("api/course/progress", CourseProgressHandler),
        (r"api/course/grades\.csv", GradesHandler),
        (r"api/course/attempts\.csv", AttemptsTableHandler),
        ("api/course/hints", CourseHintsHandler),
        ("api/attempts", AttemptsHandler),
        (r"api/attempts/([0-9]{1,18})", AttemptHandler),
        (r"api/attempts/([0-9]{1,18})/events", AttemptEventsHandler),
    ]
    return [(prefix + address, handler, {"services": services}) for address, handler in handlers]
