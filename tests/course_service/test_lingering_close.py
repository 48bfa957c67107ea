"""An answer that comes before the request's end reaches who sends all before they read."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from course_service.lingering_close import MOST_DROPPED_BYTES
from course_service.submission_collector import MOST_STREAM_BYTES

from .running_service import PREFIX, RunningService, serve_course
from .sandbox_stand_ins import WillingSandbox

SECONDS = 30


@pytest.fixture
async def service(settings, store) -> AsyncIterator[RunningService]:
    """The course service, listening."""
    async with serve_course(settings, store, WillingSandbox()) as service:
        yield service


def post(door: socket.socket, path: str, length: int, *more: str) -> None:
    lines = [f"POST {PREFIX}{path} HTTP/1.1", "Host: x", "Authorization: token alice-token", *more]
    door.sendall("\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode())


def read_answer(door: socket.socket) -> tuple[int, bytes]:
    answer = http.client.HTTPResponse(door)
    answer.begin()
    return answer.status, answer.read()


@pytest.mark.parametrize(
    ("path", "status"), [("api/judge/lab1", 413), ("api/judge/nothing", 404), ("api/nothing", 404)]
)
async def test_who_sends_all_before_they_read_is_answered_and_goes_on(
    service: RunningService, path: str, status: int
):
    def visit() -> list[tuple[int, bytes]]:
        with socket.create_connection(("127.0.0.1", service.port), SECONDS) as door:
            answers = []
            for _ in range(2):
                post(door, path, 2 * MOST_STREAM_BYTES)
                door.sendall(bytes(2 * MOST_STREAM_BYTES))
                answers.append(read_answer(door))
            return answers

    first, second = await asyncio.to_thread(visit)
    assert first[0] == status
    assert second == first


async def test_who_asks_first_is_told_no_and_let_go(service: RunningService):
    def visit() -> bytes:
        with socket.create_connection(("127.0.0.1", service.port), SECONDS) as door:
            post(door, "api/judge/lab1", 2 * MOST_STREAM_BYTES, "Expect: 100-continue")
            return b"".join(iter(lambda: door.recv(65536), b""))

    answer = await asyncio.to_thread(visit)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1") == 1


async def test_who_never_ends_is_hung_up_on(service: RunningService):
    def visit() -> int:
        sent = 0
        with (
            socket.create_connection(("127.0.0.1", service.port), SECONDS) as door,
            suppress(BrokenPipeError, ConnectionResetError),
        ):
            post(door, "api/judge/lab1", 1024**3)
            while sent < 1024**3:
                sent += door.send(bytes(65536))
        return sent

    sent = await asyncio.to_thread(visit)
    buffered = 16 * 1024**2  # by the kernel, on both sides
    assert MOST_DROPPED_BYTES < sent < MOST_DROPPED_BYTES + buffered
