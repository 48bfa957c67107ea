"""The widgets' one door to the learner's own server, from the notebook's kernel.

Every failure leaves here as a `DoorError` whose message a learner can act on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

ANSWER_SECONDS = 45.0  # the server may itself wait for the course service, and read a folder
SILENCE_SECONDS = 45.0  # a comment line comes every 15 s while an attempt runs


class DoorError(Exception):
    """What the server said, or that it did not. `retry_after` is in seconds, where it named a time."""

    def __init__(
        self,
        message: str,
        hint: str = "",
        code: str = "",
        attempt_id: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
        self.attempt_id = attempt_id
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether asking again in a moment may help."""
        return self.code in {"", "course_service_unavailable", "internal_error"}


class ServerDoor:
    """Asks with the server's token, past any proxy: the server is on this machine."""

    def __init__(self, url: str, token: str) -> None:
        self._base = f"{url.rstrip('/')}/containrlab/"
        self._headers = {"Authorization": f"token {token}"}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ServerDoor:
        """What JupyterHub tells a session; its address may be 0.0.0.0, which is one to listen on."""
        port = urlsplit(environment.get("JUPYTERHUB_SERVICE_URL", "")).port or 8888
        prefix = environment.get("JUPYTERHUB_SERVICE_PREFIX", "/")
        return cls(f"http://127.0.0.1:{port}{prefix}", environment.get("JUPYTERHUB_API_TOKEN", ""))

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path)

    def post(self, path: str) -> dict[str, Any]:
        return self._ask("POST", path)

    def page_path(self, path: str) -> str:
        """Where the learner's browser finds what `get` finds."""
        return urlsplit(f"{self._base}{path}").path

    def events(self, attempt_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Names and data of an attempt's events. Ends, or raises, where the stream is lost."""
        return self._stream("GET", f"api/attempts/{attempt_id}/events")

    def answer(self, kind: str, question: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The events of an answer by the course's agent; `kind` is hint or explain. As above."""
        return self._stream("POST", f"api/agent/{kind}", json=question)

    def _stream(self, method: str, path: str, **request: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        timeout = httpx.Timeout(5.0, read=SILENCE_SECONDS)
        try:
            with self._client(timeout) as client, client.stream(method, path, **request) as response:
                if response.status_code != 200:
                    response.read()
                    raise _refusal(response)
                yield from parse_events(response.iter_lines())
        except httpx.HTTPError as error:
            raise _silence() from error

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        try:
            with self._client(httpx.Timeout(ANSWER_SECONDS, connect=5.0)) as client:
                response = client.request(method, path)
        except httpx.HTTPError as error:
            raise _silence() from error
        if not response.is_success:
            raise _refusal(response)
        answer = _json_object(response.text)
        if answer is None:
            raise _silence()
        return answer

    def _client(self, timeout: httpx.Timeout) -> httpx.Client:
        return httpx.Client(base_url=self._base, headers=self._headers, timeout=timeout, trust_env=False)


def parse_events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-sent events whose data is a JSON object; anything else in the stream is passed over."""
    name, data = "message", []
    for line in lines:
        field, _, value = line.partition(":")
        if field == "event":
            name = value.strip()
        elif field == "data":
            data.append(value.removeprefix(" "))
        elif not line:
            content = _json_object("\n".join(data))
            if content is not None:
                yield name, content
            name, data = "message", []


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(text)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _silence() -> DoorError:
    return DoorError(
        "Your Jupyter server does not answer right now. Your work is kept.",
        "Try again in a minute. If it stays like this, reload the page.",
    )


def _refusal(response: httpx.Response) -> DoorError:
    answer = _json_object(response.text)
    if answer is None or not isinstance(answer.get("message"), str):
        return _silence()
    attempt_id, retry_after = answer.get("attempt_id"), answer.get("retry_after")
    return DoorError(
        answer["message"],
        str(answer.get("hint") or ""),
        str(answer.get("code") or ""),
        attempt_id if isinstance(attempt_id, int) else None,
        float(retry_after) if isinstance(retry_after, int | float) else None,
    )
