"""A small real course service over HTTP, with the ways it can fail as a switch.

It runs in a thread, so that one fixture serves the extension's tests, the widgets' and the browser's.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from .agent_stand_in import AgentStandIn
from .course_content import (
    FAILED,
    LAB_FILES,
    LOCKED,
    NOT_FOUND,
    NOT_OPEN,
    SOLUTION,
    tar_of,
)


class CourseStandIn:
    """`mode` is how it answers: well, or as one of the failures that `_Handler._fails` lists.

    `stream` is how an attempt's events go: whole, cut (breaks in the middle), held (until released) or queued
    (as held, but waiting for its turn).
    """

    def __init__(self) -> None:
        self.become_well()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def become_well(self) -> None:
        """As it was on the first day."""
        self.mode = "well"
        self.stream = "whole"
        self.result: dict[str, Any] = FAILED
        self.files = tar_of(LAB_FILES)
        self.attempts: list[dict[str, Any]] = []
        self.submissions: list[bytes] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.seconds_left: float | None = None
        """None: it knows nothing of sessions."""
        self.extensions_left = 1
        self.agent = AgentStandIn()
        self.closed: set[str] = set()
        """Labs that are not open yet."""
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.release = threading.Event()
        self.stream_left = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/services/course/"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.release.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def lab(self, slug: str) -> dict[str, Any] | None:
        titles = {"lab1": "Your first Dockerfile", "lab-two": "Layers & <caching>"}
        if slug not in titles:
            return None
        checks = [{"title": check["title"]} for check in FAILED["checks"]]  # type: ignore[attr-defined]
        return {
            "slug": slug,
            "title": titles[slug],
            "summary": "Write a Dockerfile for a small web app.",
            "difficulty": "easy",
            "minutes": 30,
            "opens_at": None,
            "due_at": None,
            "is_open": slug not in self.closed,
            "checks": checks,
            "submission": {"exclude": ["venv", "__pycache__", "*.ipynb"]},
        }

    def session(self) -> dict[str, Any]:
        """A clock that stands still, in a year of its own."""
        now = datetime(2001, 1, 1, tzinfo=UTC)
        return {
            "session_id": 1,
            "started_at": now.isoformat(),
            "expires_at": (now + timedelta(seconds=self.seconds_left or 0)).isoformat(),
            "now": now.isoformat(),
            "seconds_left": self.seconds_left,
            "warning": None,
            "warnings": [10, 5, 1],
            "extensions_left": self.extensions_left,
            "extension_minutes": 15.0,
        }

    def extend(self) -> tuple[int, dict[str, Any]]:
        if not self.extensions_left:
            return 409, {"code": "extension_refused", "message": "A session can be extended once."}
        self.extensions_left -= 1
        self.seconds_left = (self.seconds_left or 0) + 900
        return 200, self.session()

    def new_attempt(self, slug: str) -> dict[str, Any]:
        attempt = {
            "id": len(self.attempts) + 1,
            "lab": slug,
            "user": "alice",
            "status": "running",
            "submitted_at": "2026-01-02T03:04:05Z",
            "finished_at": None,
            "result": None,
        }
        self.attempts.append(attempt)
        return attempt

    def has_passed(self, slug: str) -> bool:
        results = [one["result"] for one in self.attempts if one["lab"] == slug and one["result"]]
        return any(result["passed"] for result in results)

    def finish(self, attempt: dict[str, Any]) -> None:
        attempt.update(status="finished", finished_at="2026-01-02T03:04:09Z", result=self.result)


def _handler_for(course: CourseStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        stand_in = course

    return Handler


class _Handler(BaseHTTPRequestHandler):
    stand_in: ClassVar[CourseStandIn]

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        self.stand_in.requests.append((self.command, self.path, dict(self.headers)))
        path = url.path.removeprefix("/services/course/").split("/")
        if self._fails():
            return
        match (self.command, path):
            case "GET", ["api", "me"]:
                self._json(200, {"name": "alice", "server": ""})
            case _, ["api", "session", *rest] if self.stand_in.seconds_left is not None:
                self._json(*(self.stand_in.extend() if rest else (200, self.stand_in.session())))
            case _, ["api", "agent", *rest] if self.stand_in.agent.mode:
                self._agent(rest, body)
            case "GET", ["api", "labs"]:
                self._json(200, {"labs": [self.stand_in.lab("lab1"), self.stand_in.lab("lab-two")]})
            case "GET", ["api", "labs", slug, *rest] if self.stand_in.lab(slug):
                self._lab(slug, rest)
            case "POST", ["api", "judge", slug] if self.stand_in.lab(slug):
                self._judge(slug, body)
            case "GET", ["api", "attempts"]:
                wanted = parse_qs(url.query).get("lab", [""])[0]
                found = [one for one in self.stand_in.attempts if wanted in ("", one["lab"])]
                self._json(200, {"attempts": found[::-1]})
            case "GET", ["api", "attempts", number, *rest] if int(number) <= len(self.stand_in.attempts):
                attempt = self.stand_in.attempts[int(number) - 1]
                self._events(attempt) if rest else self._json(200, attempt)
            case _:
                self._json(404, NOT_FOUND)

    def _lab(self, slug: str, rest: list[str]) -> None:
        match rest:
            case []:
                self._json(200, self.stand_in.lab(slug) or {})
            case ["files"] if slug in self.stand_in.closed:
                self._json(403, NOT_OPEN)
            case ["files"]:
                self._send(200, "application/x-tar", self.stand_in.files)
            case ["solution"]:
                self._json(*((200, SOLUTION) if self.stand_in.has_passed(slug) else (403, LOCKED)))
            case _:
                self._json(404, NOT_FOUND)

    def _judge(self, slug: str, body: bytes) -> None:
        running = [one for one in self.stand_in.attempts if one["status"] == "running"]
        if running:
            answer = {"code": "attempt_running", "message": "Still at it.", "attempt_id": running[-1]["id"]}
            self._json(409, answer)
            return
        self.stand_in.submissions.append(body)
        self._json(202, {"attempt_id": self.stand_in.new_attempt(slug)["id"]})

    def _agent(self, rest: list[str], body: bytes) -> None:
        agent, results = self.stand_in.agent, [one["result"] for one in self.stand_in.attempts]
        has_failed = bool(results and results[-1] and not results[-1]["passed"])
        if not rest:
            self._json(200, agent.offer(has_failed))
        elif not agent.left:
            self._json(429, agent.refusal, {"Retry-After": str(agent.retry_after)})
        else:
            self._stream(agent.answer_to(rest[0], json.loads(body), has_failed))

    def _stream(self, events: Iterator[tuple[str, dict[str, Any]]]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for name, event in events:
                if name == "end" and self.stand_in.stream == "cut":
                    return
                self._event(name, event)
                if name == "piece" and self.stand_in.stream == "held":
                    self._wait_until_released()
        except (BrokenPipeError, ConnectionResetError):
            self.stand_in.stream_left.set()

    def _events(self, attempt: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            if self.stand_in.stream == "queued":
                for place in (3, 2):
                    waits = {"message": "Waiting for your turn", "place": place, "step": 0, "steps": 3}
                    self._event("progress", waits)
                self._wait_until_released()
            self._event("progress", {"message": "Starting a clean sandbox", "step": 0, "steps": 3})
            self._event("progress", {"message": "Building your <image>", "step": 1, "steps": 3})
            self._event("progress", {"log": "#1 \x1b[32mload build\x1b[0m <b>definition</b>"})
            if self.stand_in.stream == "cut":
                return
            if self.stand_in.stream == "held":
                self._wait_until_released()
            self.stand_in.finish(attempt)
            self._event("result", attempt)
        except (BrokenPipeError, ConnectionResetError):
            self.stand_in.stream_left.set()

    def _wait_until_released(self) -> None:
        while not self.stand_in.release.wait(0.05):
            self.wfile.write(b": still here\n\n")
            self.wfile.flush()

    def _event(self, name: str, data: dict[str, Any]) -> None:
        self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def _fails(self) -> bool:
        failures: dict[str, Callable[[], object]] = {
            "slow": lambda: self.stand_in.release.wait(30),
            "drip": self._drip,
            "hangup": lambda: setattr(self, "close_connection", True),
            "garbage": lambda: self._send(200, "application/json", b"\x00\xffnot json{"),
            "not_an_object": lambda: self._send(200, "application/json", b"[1, 2]"),
            "html_404": lambda: self._send(404, "text/html", b"<html>404 : Not Found</html>"),
            "error": lambda: self._json(500, {"code": "internal_error", "message": "secret detail"}),
            "elsewhere": self._redirect,
        }
        refusal = self.stand_in.refusal
        refuse = (lambda: self._json(*refusal)) if refusal else None
        if fail := failures.get(self.stand_in.mode, refuse):
            fail()
        return fail is not None

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        with suppress(BrokenPipeError, ConnectionResetError):
            while not self.stand_in.release.wait(0.05):
                self.wfile.write(b" ")

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/hub/login")
        self.end_headers()

    def _json(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(answer).encode(), headers)

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
