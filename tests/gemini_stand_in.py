"""A small Gemini API over real HTTP: it answers as Google does, or fails in one of the ways that are known.

Sources: https://ai.google.dev/api/generate-content for requests and answers, and
https://ai.google.dev/gemini-api/docs/troubleshooting for errors; the errors' words are those that Google
sends (https://github.com/googleapis/python-genai/issues has each of them).
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TYPE = "type.googleapis.com/google.rpc"
RETRY_AFTER = 35
"""What a limited client is told, rounded up to whole seconds."""


class Behaviour(Enum):
    """What the stand-in does with the next requests."""

    ANSWER = auto()
    OUT_OF_TOKENS = auto()
    ENDS_WITHOUT_REASON = auto()
    THOUGHTS_ONLY = auto()
    FORBIDDEN = auto()
    LIMITED = auto()
    LIMITED_IN_STREAM = auto()
    NO_SUCH_MODEL = auto()
    ERROR_500 = auto()
    ERROR_503 = auto()
    ERROR_IN_HTML = auto()
    REDIRECT = auto()
    HANG = auto()
    HANG_IN_STREAM = auto()
    HANG_UP = auto()
    HANG_UP_IN_STREAM = auto()
    PROMPT_BLOCKED = auto()
    SAFETY = auto()
    RECITATION = auto()
    EMPTY_CANDIDATE = auto()
    NO_CANDIDATES = auto()
    NOTHING = auto()
    MALFORMED_JSON = auto()
    OTHER_JSON = auto()
    DEEP_JSON = auto()
    HTML_PAGE = auto()
    ENDLESS = auto()


def _error(code: int, status: str, message: str, *details: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return code, {"error": error}


WRONG_KEY = _error(
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    {"@type": f"{TYPE}.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"},
)
_LIMITED = _error(
    429,
    "RESOURCE_EXHAUSTED",
    "You exceeded your current quota, please check your plan and billing details.",
    {
        "@type": f"{TYPE}.QuotaFailure",
        "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}],
    },
    {"@type": f"{TYPE}.RetryInfo", "retryDelay": "34.074824224s"},
)
_ERRORS = {
    Behaviour.FORBIDDEN: _error(
        403,
        "PERMISSION_DENIED",
        "Your API key was reported as leaked. Please use another API key.",
    ),
    Behaviour.LIMITED: _LIMITED,
    Behaviour.NO_SUCH_MODEL: _error(
        404,
        "NOT_FOUND",
        "models/gemini-1.5-flash is not found for API version v1beta, or is not supported.",
    ),
    Behaviour.ERROR_500: _error(500, "INTERNAL", "An internal error has occurred. Please retry."),
    Behaviour.ERROR_503: _error(503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
}
_PAGE = "<!doctype html><title>Sign in to the network</title>{}\n<p>}{[" + "x" * 200
_BODIES = {
    Behaviour.NOTHING: "",
    Behaviour.MALFORMED_JSON: 'data: {"candidates": [{"content": \n\n',
    Behaviour.OTHER_JSON: 'data: [1, {"candidates": "none"}]\n\n',
    Behaviour.DEEP_JSON: "data: " + "[" * 100_000 + "]" * 100_000 + "\n\n",
    Behaviour.HTML_PAGE: _PAGE,
}


@dataclass
class GeminiRequest:
    """What was asked."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """All words of the request: the rules, then the prompt."""
        rules = self.body["systemInstruction"]["parts"]
        turns = [part for turn in self.body["contents"] for part in turn["parts"]]
        return "\n".join(part["text"] for part in [*rules, *turns])


@dataclass
class GeminiStandIn:
    """The API at `url`, for one key."""

    api_key: str
    behaviour: Behaviour = Behaviour.ANSWER
    pieces: list[str] = field(default_factory=lambda: ["Look at ", "the **CMD** ", "line."])
    requests: list[GeminiRequest] = field(default_factory=list)
    redirect_to: str = ""

    def __post_init__(self) -> None:
        self._connections: set[_Handler] = set()
        self._changed = threading.Condition()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        with self._changed:
            for one in self._connections:  # which a client keeps for later
                one.connection.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def has_no_connection(self) -> bool:
        """Whether all clients have closed theirs, within seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._connections, 10)

    def count(self, connection: _Handler, *, is_open: bool) -> None:
        with self._changed:
            (self._connections.add if is_open else self._connections.discard)(connection)
            self._changed.notify_all()

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The parts of the answer that a stream is made of."""
        behaviour, usage = self.behaviour, {"promptTokenCount": 90, "totalTokenCount": 90}
        if behaviour is Behaviour.PROMPT_BLOCKED:
            yield {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": usage}
        elif behaviour is Behaviour.NO_CANDIDATES:
            yield {"usageMetadata": usage}
        elif behaviour is Behaviour.EMPTY_CANDIDATE:
            yield {"candidates": [{"finishReason": "STOP", "index": 0}], "usageMetadata": usage}
        elif behaviour is Behaviour.THOUGHTS_ONLY:
            thought = {"text": "Secretly I think", "thought": True}
            yield {"candidates": [{"content": {"parts": [thought]}, "finishReason": "MAX_TOKENS"}]}
        elif behaviour is Behaviour.LIMITED_IN_STREAM:
            yield _LIMITED[1]
        else:
            yield from self._text_chunks(usage)

    def _text_chunks(self, usage: dict[str, int]) -> Iterator[dict[str, Any]]:
        for piece in self.pieces:
            content = {"role": "model", "parts": [{"text": piece}]}
            yield {"candidates": [{"content": content, "index": 0}], "usageMetadata": usage}
        reasons = {
            Behaviour.OUT_OF_TOKENS: "MAX_TOKENS",
            Behaviour.SAFETY: "SAFETY",
            Behaviour.RECITATION: "RECITATION",
        }
        whole = {**usage, "candidatesTokenCount": 7, "thoughtsTokenCount": 3, "totalTokenCount": 100}
        if self.behaviour is not Behaviour.ENDS_WITHOUT_REASON:
            finish = reasons.get(self.behaviour, "STOP")
            last = {"content": {"role": "model", "parts": [{"text": ""}]}, "finishReason": finish, "index": 0}
            yield {"candidates": [last], "usageMetadata": whole, "modelVersion": "stand-in"}

    def whole(self) -> dict[str, Any]:
        """The answer in one piece."""
        *_, answer = chunks = list(self.chunks())
        parts = [part for one in chunks for part in _parts_of(one)]
        if parts:
            answer["candidates"][0]["content"] = {"role": "model", "parts": parts}
        return answer


def _parts_of(chunk: dict[str, Any]) -> list[dict[str, Any]]:
    candidates = chunk.get("candidates") or [{}]
    parts: list[dict[str, Any]] = candidates[0].get("content", {}).get("parts", [])
    return parts


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, gemini: GeminiStandIn) -> None:
        self.gemini = gemini
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.server.gemini.count(self, is_open=True)

    def finish(self) -> None:
        self.server.gemini.count(self, is_open=False)
        super().finish()

    def handle(self) -> None:
        with suppress(ConnectionError):  # a client that had enough
            super().handle()

    def do_POST(self) -> None:
        gemini, address = self.server.gemini, urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        query = parse_qs(address.query)
        gemini.requests.append(GeminiRequest(address.path, query, dict(self.headers), body))
        if self.headers.get("x-goog-api-key") != gemini.api_key:
            self._send_json(*WRONG_KEY)
        elif address.path.endswith(":streamGenerateContent") and query.get("alt") == ["sse"]:
            self._answer(gemini, is_stream=True)
        elif address.path.endswith(":generateContent"):
            self._answer(gemini, is_stream=False)
        else:
            self._send_json(*_ERRORS[Behaviour.NO_SUCH_MODEL])

    def _answer(self, gemini: GeminiStandIn, *, is_stream: bool) -> None:
        behaviour = gemini.behaviour
        if behaviour in _ERRORS:
            self._send_json(*_ERRORS[behaviour])
        elif behaviour in _BODIES:
            kind = "text/html" if behaviour is Behaviour.HTML_PAGE else "text/event-stream"
            body = _BODIES[behaviour]
            self._send(200, body if is_stream else body.removeprefix("data: "), kind)
        elif behaviour is Behaviour.ERROR_IN_HTML:
            self._send(502, _PAGE, "text/html")
        elif behaviour is Behaviour.REDIRECT:
            self._send(307, "", "text/plain", location=gemini.redirect_to)
        elif behaviour is Behaviour.HANG:
            self._wait_for_hang_up()
        elif behaviour is Behaviour.HANG_UP:
            self.close_connection = True
        elif is_stream:
            self._stream(gemini)
        else:
            self._send_json(200, gemini.whole())

    def _stream(self, gemini: GeminiStandIn) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in gemini.chunks():
            self._write_chunk(f"data: {json.dumps(chunk)}\r\n\r\n")
            if gemini.behaviour is Behaviour.HANG_IN_STREAM:
                self._wait_for_hang_up()
                return
            if gemini.behaviour is Behaviour.HANG_UP_IN_STREAM:
                self.close_connection = True
                return
        while gemini.behaviour is Behaviour.ENDLESS:
            self._write_chunk("x" * 2**16)
        self._write_chunk("")

    def _write_chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _wait_for_hang_up(self) -> None:
        self.connection.recv(1)
        self.close_connection = True

    def _send_json(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body), "application/json; charset=UTF-8")

    def _send(self, status: int, body: str, kind: str, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: a log in a test is the service's."""
