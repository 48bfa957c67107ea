"""The running course's service, asked as the operator: it alone writes down what is done to a session.

It is asked at its own port, not through the hub's proxy, where it may have a domain of its own.
"""

from __future__ import annotations

import http.client
import json
from http import HTTPStatus
from typing import Any

from hub_config.settings import Settings

from .errors import CourseUnreachable, NeedsRoot, SessionMissing, SessionNotExtended
from .locks import is_locked
from .passwords import operator_token
from .up import UP_LOCK

ANSWER_SECONDS = 90
"""To end every session of a class, the hub stops as many containers."""

_LIST = "containrlab sessions list"


class CourseServiceClient:
    """Its methods raise `OperatorError`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        try:
            token = operator_token(settings)
        except PermissionError as error:
            raise NeedsRoot("Asking the course as its operator") from error
        if token is None:
            raise self._no_course(f"{settings.state_dir} has no operator_token, which its start makes")
        self._headers = {"Authorization": f"token {token}", "Content-Length": "0"}

    def ask(self, method: str, path: str) -> dict[str, Any]:
        """What it answers to `method` at `path`, such as ``api/sessions``."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._settings.course_port, timeout=ANSWER_SECONDS
        )
        try:
            connection.request(method, f"/services/course/{path}", headers=self._headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        except ConnectionRefusedError as error:
            if is_locked(self._settings, UP_LOCK):
                raise self._silent("it starts, or the hub starts it again after an error") from error
            raise self._no_course(f"nothing listens on port {self._settings.course_port}") from error
        except (OSError, http.client.HTTPException) as error:
            raise self._silent(str(error) or type(error).__name__) from error
        except ValueError as error:
            raise self._no_course(
                f"what answers on port {self._settings.course_port} is another program"
            ) from error
        finally:
            connection.close()
        if response.status != HTTPStatus.OK:
            self._refuse(answer)
        return answer

    def _refuse(self, answer: dict[str, Any]) -> None:
        code, message = answer.get("code"), str(answer.get("message"))
        match code:
            case "learner_not_found":
                raise SessionMissing("There is no such learner", message, _LIST)
            case "session_not_found":
                raise SessionMissing("There is nothing to do", message, _LIST)
            case "extension_refused":
                raise SessionNotExtended("The session is not extended", message, _LIST)
            case "not_allowed":
                raise CourseUnreachable(
                    "The course does not know this command",
                    "it was started with another operator_token, or from another state folder",
                    "set CONTAINRLAB_STATE_DIR as the course has it, or start the course again",
                )
        raise self._silent(message)

    def _no_course(self, reason: str) -> CourseUnreachable:
        return CourseUnreachable(
            "No course runs here",
            reason,
            "make up, or set CONTAINRLAB_STATE_DIR and CONTAINRLAB_COURSE_PORT as the course has them",
        )

    def _silent(self, reason: str) -> CourseUnreachable:
        return CourseUnreachable(
            "The course service does not answer",
            reason,
            f"try again in a moment; its words are in {self._settings.state_dir / 'hub.log'}",
        )
