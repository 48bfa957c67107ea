"""What every request handler shares, and those of the API: who asks, and errors as JSON.

An error of ours becomes its status and code by the table below. Any other becomes a plain 500: what it says
is in the log, never in the answer.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado import web

from .attempt_queue import AttemptQueue
from .authentication import Caller, identify
from .catalogue import Lab
from .course_file import CourseFile
from .errors import (
    AttemptNotFound,
    AttemptRunning,
    CourseError,
    ExtensionRefused,
    HintRequestRejected,
    HintsOff,
    HubUnavailable,
    LabNotFound,
    LabNotOpen,
    LearnerNotFound,
    NotAllowed,
    SessionNotFound,
    SolutionLocked,
    SubmissionRejected,
    TooManyHints,
)
from .hint_service import HintService
from .identity_keeper import IdentityKeeper
from .progress_store import ProgressStore
from .session_store import SessionStore
from .session_watch import SessionWatch
from .store import Store

log = logging.getLogger(__name__)

_ANSWERS: dict[type[CourseError], tuple[HTTPStatus, str]] = {
    SubmissionRejected: (HTTPStatus.BAD_REQUEST, "submission_rejected"),
    HintRequestRejected: (HTTPStatus.BAD_REQUEST, "bad_request"),
    NotAllowed: (HTTPStatus.FORBIDDEN, "not_allowed"),
    HintsOff: (HTTPStatus.FORBIDDEN, "hints_off"),
    LabNotOpen: (HTTPStatus.FORBIDDEN, "lab_not_open"),
    SolutionLocked: (HTTPStatus.FORBIDDEN, "solution_locked"),
    LabNotFound: (HTTPStatus.NOT_FOUND, "lab_not_found"),
    AttemptNotFound: (HTTPStatus.NOT_FOUND, "attempt_not_found"),
    SessionNotFound: (HTTPStatus.NOT_FOUND, "session_not_found"),
    LearnerNotFound: (HTTPStatus.NOT_FOUND, "learner_not_found"),
    AttemptRunning: (HTTPStatus.CONFLICT, "attempt_running"),
    ExtensionRefused: (HTTPStatus.CONFLICT, "extension_refused"),
    TooManyHints: (HTTPStatus.TOO_MANY_REQUESTS, "too_many_hints"),
    HubUnavailable: (HTTPStatus.SERVICE_UNAVAILABLE, "hub_unavailable"),
}


@dataclass(frozen=True)
class CourseServices:
    """What handlers work with."""

    course: CourseFile
    store: Store
    progress: ProgressStore
    sessions: SessionStore
    queue: AttemptQueue
    hub_auth: HubOAuth
    identities: IdentityKeeper
    watch: SessionWatch
    hints: HintService


class CourseHandler(web.RequestHandler):
    """Of the API or a page; nothing that it sends is kept, framed, sniffed or told of."""

    services: CourseServices

    def initialize(self, services: CourseServices) -> None:
        self.services = services

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.clear_header("Server")

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if isinstance(value, CourseError):
            log.info("%s: %s", self._request_summary(), value)
        else:
            super().log_exception(typ, value, tb)

    def _request_summary(self) -> str:
        """Tornado's, for every line in the log, without the query: a sign-in's has a code in it."""
        return f"{self.request.method} {self.request.path}"

    def describe(self, status_code: int, error: object) -> tuple[HTTPStatus, dict[str, Any]]:
        """Status and body of the answer to `error`, or to another that tornado calls `status_code`."""
        if isinstance(error, CourseError) and type(error) in _ANSWERS:
            return describe_error(error)
        return _describe_status(status_code)


class JsonHandler(CourseHandler):
    """Answers JSON, also when something goes wrong."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "application/json")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        status, body = self.describe(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(status)
        if "retry_after" in body:
            self.set_header("Retry-After", str(body["retry_after"]))
        self.finish(json.dumps(body))

    def write_json(self, body: dict[str, Any]) -> None:
        self.finish(json.dumps(body))


class LearnerHandler(JsonHandler):
    """For learners, who show a token of the hub."""

    caller: Caller

    async def prepare(self) -> None:
        self.caller = await identify(self.services.hub_auth, self.request.headers.get("Authorization", ""))
        self.check_caller()
        await self.services.identities.keep(self.caller)

    def check_caller(self) -> None:
        """Raises `NotAllowed` for who this is not for."""
        self.caller.require_learner()

    def find_open(self, slug: str) -> Lab:
        """The lab, where it may be worked on now. Raises `LabNotFound` and `LabNotOpen`."""
        return self.services.course.plan.find_open(slug, self.services.watch.now())

    def mark_late(self, attempt: dict[str, Any]) -> dict[str, Any]:
        """An attempt as JSON, with whether it came after its lab was due."""
        submitted_at = datetime.fromisoformat(attempt["submitted_at"])
        return {**attempt, "is_late": self.services.course.plan.is_late(attempt["lab"], submitted_at)}


class StaffHandler(LearnerHandler):
    """For course staff, and for the services of the hub that have their scope."""

    def check_caller(self) -> None:
        self.caller.require_staff()


class NotFoundHandler(JsonHandler):
    """Every address that is no other handler's."""

    def prepare(self) -> None:
        raise web.HTTPError(HTTPStatus.NOT_FOUND)


def describe_error(error: CourseError) -> tuple[HTTPStatus, dict[str, Any]]:
    """Status and body of the answer to an error of ours."""
    status, code = _ANSWERS[type(error)]
    body: dict[str, Any] = {"code": code, "message": str(error)}
    if isinstance(error, SubmissionRejected):
        body.update(message=error.problem, hint=error.advice)
        if error.too_large:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if isinstance(error, AttemptRunning):
        body["attempt_id"] = error.attempt_id
    if isinstance(error, TooManyHints):
        body["retry_after"] = error.retry_after
    return status, body


def _describe_status(status_code: int) -> tuple[HTTPStatus, dict[str, Any]]:
    status = HTTPStatus(status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = "The course service met an error of its own. Please try again, or tell your course staff."
        return status, {"code": "internal_error", "message": message}
    return status, {"code": status.name.lower(), "message": f"{status.phrase}."}
