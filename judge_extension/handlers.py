"""HTTP of the learner's server under `{base_url}containrlab/`: parse, call one function, write.

The API answers every error as `{"code", "message"}`, with `hint` where there is one, and never with anything
of how it came about; that is in the log.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web
from tornado.iostream import StreamClosedError

from judge_extension.errors import (
    CourseServiceRefused,
    CourseServiceUnavailable,
    DownloadTooLarge,
    LearnerServerError,
    SubmissionRejected,
    WorkspaceBlocked,
)
from judge_extension.slugs import SLUG_PATTERN, is_slug

if TYPE_CHECKING:
    from judge_extension.course_client import CourseClient, EventStream
    from judge_extension.learner_labs import LearnerLabs

ATTEMPT_PATTERN = r"[0-9]{1,18}"


def status_of(error: LearnerServerError) -> int:
    match error:
        case CourseServiceRefused():
            return error.status
        case SubmissionRejected():
            return 413 if error.is_too_large else 400
        case DownloadTooLarge():
            return 413
        case WorkspaceBlocked():
            return 409
        case CourseServiceUnavailable():
            return 502
        case _:
            return 500


def reason_of(error: LearnerServerError) -> str:
    """For the log."""
    return error.reason if isinstance(error, CourseServiceUnavailable) else error.message


class LabHandler(APIHandler):
    """Turns our errors into answers, once for all."""

    auth_resource = "containrlab"

    def initialize(self, course: CourseClient, labs: LearnerLabs) -> None:
        self.course = course
        self.labs = labs

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if isinstance(value, LearnerServerError):
            request = self.request
            self.log.warning("%s %s: %s: %s", request.method, request.path, value.code, reason_of(value))
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, LearnerServerError):
            self.set_status(status_of(error))
            answer = error.answer
            if isinstance(error, CourseServiceRefused) and error.retry_after is not None:
                self.set_header("Retry-After", str(error.retry_after))
        else:
            answer = {"code": _CODES.get(status_code, "internal_error"), "message": self._sentence(error)}
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(answer))

    def lab_query(self) -> dict[str, str]:
        """The query that asks by lab, and by nothing else, as it is for the service."""
        wanted = {key: self.get_query_argument(key) for key in self.request.query_arguments}
        if set(wanted) - {"lab", "token"} or not is_slug(wanted.get("lab", "lab")):
            raise web.HTTPError(400, "This can be asked for by lab, and by nothing else.")
        wanted.pop("token", None)  # of this server, in the URL: it is not for the service
        return wanted

    def _sentence(self, error: object) -> str:
        if isinstance(error, web.HTTPError) and error.log_message:
            return str(error.log_message)
        return f"{self._reason}."


class ForwardHandler(LabHandler):
    """What the course service answers, as it is."""

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        self.finish(json.dumps(await self.course.get(f"api/{path}")))


class AttemptsHandler(LabHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.finish(json.dumps(await self.course.get("api/attempts", self.lab_query())))


class StreamHandler(LabHandler):
    """Passes a stream of the service on as it comes. When the browser leaves, so do we."""

    _relay: asyncio.Task[None] | None = None

    async def relay(self, stream: EventStream) -> None:
        self._relay = asyncio.create_task(self._pass_on(stream))
        await asyncio.wait({self._relay})
        if not self._relay.cancelled():
            self._relay.result()

    def on_connection_close(self) -> None:
        if self._relay:
            self._relay.cancel()
        super().on_connection_close()

    async def _pass_on(self, stream: EventStream) -> None:
        async with stream as chunks:
            self.set_header("Content-Type", "text/event-stream")
            self.set_header("Cache-Control", "no-cache")
            self.set_header("X-Accel-Buffering", "no")
            try:
                await self.flush()
                async for chunk in chunks:
                    self.write(chunk)
                    await self.flush()
            except StreamClosedError:
                return


class AttemptEventsHandler(StreamHandler):
    """An attempt's events."""

    @web.authenticated
    @authorized
    async def get(self, attempt_id: str) -> None:
        await self.relay(self.course.events(int(attempt_id)))


class JudgeHandler(LabHandler):
    @web.authenticated
    @authorized
    async def post(self, slug: str) -> None:
        attempt = await self.labs.submit(slug)
        self.log.info("Sent %s to the judge: attempt %s", slug, attempt.get("attempt_id"))
        self.set_status(202)
        self.finish(json.dumps(attempt))


class ResetHandler(LabHandler):
    @web.authenticated
    @authorized
    async def post(self, slug: str) -> None:
        kept = await self.labs.reset(slug)
        self.log.info("Reset %s, what was there is in %s", slug, kept["kept_in"])
        self.finish(json.dumps(kept))


class ExtendHandler(LabHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        session = await self.course.post("api/session/extend")
        self.log.info("Extended the session to %s", session.get("expires_at"))
        self.finish(json.dumps(session))


class NotFoundHandler(LabHandler):
    """So that a path that does not exist is JSON too."""

    async def prepare(self) -> None:  # type: ignore[override] # as APIHandler's own
        await super().prepare()
        raise web.HTTPError(404, "There is nothing at this address.")


_CODES = {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}

API_ROUTES: list[tuple[str, type[LabHandler]]] = [
    (rf"api/(me|session|labs|labs/{SLUG_PATTERN}(?:/solution)?|attempts/{ATTEMPT_PATTERN})", ForwardHandler),
    (r"api/session/extend", ExtendHandler),
    (r"api/attempts", AttemptsHandler),
    (rf"api/attempts/({ATTEMPT_PATTERN})/events", AttemptEventsHandler),
    (rf"api/judge/({SLUG_PATTERN})", JudgeHandler),
    (rf"api/labs/({SLUG_PATTERN})/reset", ResetHandler),
]
OTHER_ROUTES: list[tuple[str, type[LabHandler]]] = [(r"api/.*", NotFoundHandler)]
"""After all others."""
