"""Keeps a connection open for a while after an answer that came before the request had.

Who closes while the other side still sends makes the kernel reset the connection, and the reset may throw
away an answer that was not read yet (RFC 9112, 9.6; nginx has `lingering_close` against it). Tornado closes
at once. A learner would then read of a service that does not answer, where it had said what is wrong with
the folder. So what still comes is read and dropped, up to a limit, and only then the connection ends; where
the request's end came, the connection is good for the next one.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

from .submission_collector import MOST_STREAM_BYTES

MOST_DROPPED_BYTES = 4 * MOST_STREAM_BYTES
"""More than any client of ours sends; the time in which it comes is limited as any request's body is."""


class LingeringClose(HTTPServerConnectionDelegate):
    """Between tornado's server and an application."""

    def __init__(self, application: HTTPServerConnectionDelegate) -> None:
        self._application = application

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        answer = _Answer(request_conn)
        return _Request(self._application.start_request(server_conn, answer), answer)

    def on_close(self, server_conn: object) -> None:
        self._application.on_close(server_conn)


class _Answer(HTTPConnection):
    """What the application answers on; tornado learns of the answer's end when the request is over too."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection
        self._is_request_over = False
        self.is_over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)  # tornado's own classes know more than the interface says

    def write_headers(
        self,
        start_line: RequestStartLine | ResponseStartLine,
        headers: HTTPHeaders,
        chunk: bytes | None = None,
    ) -> Any:
        return self._connection.write_headers(start_line, headers, chunk)

    def write(self, chunk: bytes) -> Any:
        return self._connection.write(chunk)

    def finish(self) -> None:
        self.is_over = True
        if self._is_request_over:
            self._connection.finish()

    def end_request(self) -> None:
        """Nothing more is read of the request: all of it came, or more than is dropped."""
        self._is_request_over = True
        if self.is_over:
            self._connection.finish()


class _Request(HTTPMessageDelegate):
    """What comes, for the application while it has not answered."""

    def __init__(self, application: HTTPMessageDelegate, answer: _Answer) -> None:
        self._application = application
        self._answer = answer
        self._left = MOST_DROPPED_BYTES

    async def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> None:
        ready = self._application.headers_received(start_line, headers)
        if ready is not None:
            await ready
        if self._answer.is_over and "Expect" in headers:
            self._answer.end_request()  # who asks first whether to send a body sends none after a no

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        if not self._answer.is_over:
            return self._application.data_received(chunk)
        self._left -= len(chunk)
        if self._left < 0:
            self._answer.end_request()
        return None

    def finish(self) -> None:
        is_answered = self._answer.is_over
        self._answer.end_request()
        if not is_answered:
            self._application.finish()

    def on_connection_close(self) -> None:
        self._application.on_connection_close()
