"""The learner's API, through a real server, against every way in which the course service can fail."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from .course_content import FAILED, LOCKED, PASSED, SOLUTION
from .course_stand_in import CourseStandIn

Ask = Callable[..., Any]


@pytest.mark.parametrize(
    "path",
    ["me", "session", "labs", "labs/lab1", "labs/lab1/solution", "attempts", "attempts?lab=lab1"],
    ids=lambda path: path,
)
async def test_what_the_service_answers_passes_through(ask: Ask, course: CourseStandIn, path: str) -> None:
    path, _, query = path.partition("?")
    params = dict([query.split("=")]) if query else {}
    course.result = PASSED
    attempt = course.new_attempt("lab1")
    course.finish(attempt)
    course.seconds_left = 90.0

    status, answer = await ask(path, params=params)

    assert status == 200
    assert (
        answer
        == {
            "me": {"name": "alice", "server": ""},
            "session": course.session(),
            "labs": {"labs": [course.lab("lab1"), course.lab("lab-two")]},
            "labs/lab1": course.lab("lab1"),
            "labs/lab1/solution": SOLUTION,
            "attempts": {"attempts": [attempt]},
        }[path]
    )


async def test_a_solution_that_is_locked_stays_locked(ask: Ask, course: CourseStandIn) -> None:
    course.result = PASSED
    course.finish(course.new_attempt("lab-two"))

    assert await ask("labs/lab1/solution") == (403, LOCKED)


async def test_a_session_is_extended_by_policy(ask: Ask, course: CourseStandIn) -> None:
    course.seconds_left = 90.0

    assert await ask("session/extend", method="POST") == (200, course.session() | {"seconds_left": 990.0})
    status, answer = await ask("session/extend", method="POST")
    assert (status, answer["code"]) == (409, "extension_refused")
    status, _ = await ask("session/extend")
    assert status == 405


async def test_the_service_hears_the_servers_token_and_nobody_elses(
    ask: Ask, course: CourseStandIn, jp_auth_header: dict[str, str]
) -> None:
    await ask("attempts", params={"token": jp_auth_header["Authorization"].split()[1]})

    _method, path, headers = course.requests[-1]
    assert headers["Authorization"] == "token server-token-of-alice"
    assert "token" not in path
    assert "Cookie" not in headers


@pytest.mark.parametrize("mode", ["garbage", "not_an_object", "html_404", "error", "elsewhere"])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "labs"), ("POST", "labs/lab1/reset"), ("POST", "judge/lab1")]
)
async def test_nonsense_from_the_service_is_said_to_be_the_services(
    ask: Ask, course: CourseStandIn, mode: str, method: str, path: str
) -> None:
    course.mode = mode

    status, answer = await ask(path, method=method)

    assert (status, answer["code"]) == (502, "course_service_unavailable")
    assert "Your work is kept" in answer["message"]
    assert "Try again in a minute" in answer["hint"]
    assert "secret detail" not in json.dumps(answer)


async def test_a_service_that_is_down_is_a_sentence(ask: Ask, course: CourseStandIn) -> None:
    course.stop()

    status, answer = await ask("judge/lab1", method="POST")

    assert (status, answer["code"]) == (502, "course_service_unavailable")
    assert course.url not in json.dumps(answer)


@pytest.mark.parametrize("course_timeout", [0.3])
@pytest.mark.parametrize("mode", ["slow", "drip"])
async def test_a_slow_service_is_not_waited_for(ask: Ask, course: CourseStandIn, mode: str) -> None:
    course.mode = mode

    async with asyncio.timeout(3):
        status, answer = await ask("labs")

    assert (status, answer["code"]) == (502, "course_service_unavailable")


@pytest.mark.parametrize(
    ("status", "code"), [(409, "attempt_running"), (403, "forbidden"), (413, "submission_rejected")]
)
async def test_the_services_own_no_passes_through(
    ask: Ask, course: CourseStandIn, status: int, code: str
) -> None:
    refusal = {"code": code, "message": "No.", "attempt_id": 7, "hint": "Wait."}
    course.refusal = (status, refusal)

    assert await ask("labs/lab1") == (status, refusal)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        pytest.param("attempts", {"lab": "../x"}, 400, id="not a slug"),
        pytest.param("attempts", {"user": "bob"}, 400, id="unknown key"),
        pytest.param("attempts/abc", {}, 404, id="not a number"),
        pytest.param("labs/LAB1", {}, 404, id="capital letters"),
        pytest.param("labs/lab1/files", {}, 404, id="files are for the workspace"),
        pytest.param("labs/lab1/solution/..", {}, 404, id="below the solution"),
        pytest.param("labs/LAB1/solution", {}, 404, id="solution of no slug"),
        pytest.param("health/../../../x", {}, 404, id="climbing"),
    ],
)
async def test_odd_requests_never_reach_the_service(
    ask: Ask, course: CourseStandIn, path: str, params: dict[str, str], status: int
) -> None:
    found, answer = await ask(path, params=params)

    assert found == status
    assert {"code", "message"} <= set(answer)
    assert course.requests == []


async def test_nobody_is_served_without_a_token(
    http_server_client: AsyncHTTPClient, jp_base_url: str
) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await http_server_client.fetch(f"{jp_base_url}containrlab/api/labs")
    assert refused.value.code == 403


async def test_check_sends_the_folder(ask: Ask, course: CourseStandIn, jp_root_dir: Path) -> None:
    lab = jp_root_dir / "lab1"
    (lab / "venv").mkdir(parents=True)
    (lab / "Dockerfile").write_text("FROM scratch")
    (lab / "lab.ipynb").write_text("{}")
    (lab / "node_modules").mkdir()  # this lab's list of exclusions leaves it in

    assert await ask("judge/lab1", method="POST") == (202, {"attempt_id": 1})

    with tarfile.open(fileobj=io.BytesIO(course.submissions[0])) as tar:
        assert tar.getnames() == ["Dockerfile", "node_modules"]
    assert course.requests[-1][2]["Content-Type"] == "application/x-tar"


async def test_a_folder_that_cannot_be_sent_is_refused_here(
    ask: Ask, course: CourseStandIn, jp_root_dir: Path
) -> None:
    (jp_root_dir / "lab1").mkdir()
    (jp_root_dir / "lab1" / "passwd").symlink_to("/etc/passwd")

    status, answer = await ask("judge/lab1", method="POST")

    assert (status, answer["code"]) == (400, "submission_rejected")
    assert "passwd" in answer["message"]
    assert course.submissions == []


async def test_a_folder_that_is_too_large_is_413(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "lab1").mkdir()
    (jp_root_dir / "lab1" / "big").write_bytes(bytes(2**20 + 1))

    assert (await ask("judge/lab1", method="POST"))[0] == 413


async def test_reset_says_where_the_copy_is(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "lab1").mkdir()
    (jp_root_dir / "lab1" / "Dockerfile").write_text("my work")

    status, answer = await ask("labs/lab1/reset", method="POST")

    assert status == 200
    assert (Path(answer["kept_in"]) / "Dockerfile").read_text() == "my work"
    assert (jp_root_dir / "lab1" / "Dockerfile").read_text() == "# TODO\n"


async def test_reset_with_the_service_down_changes_nothing(
    ask: Ask, course: CourseStandIn, jp_root_dir: Path
) -> None:
    (jp_root_dir / "lab1").mkdir()
    (jp_root_dir / "lab1" / "Dockerfile").write_text("my work")
    course.stop()

    assert (await ask("labs/lab1/reset", method="POST"))[0] == 502
    assert [path.name for path in jp_root_dir.iterdir()] == ["lab1"]
    assert (jp_root_dir / "lab1" / "Dockerfile").read_text() == "my work"


class Events:
    """Collects an event stream as it arrives."""

    def __init__(self) -> None:
        self.text = ""
        self.has_some = asyncio.Event()

    def __call__(self, chunk: bytes) -> None:
        self.text += chunk.decode()
        self.has_some.set()


async def test_events_arrive_whole(jp_fetch: Ask, course: CourseStandIn) -> None:
    course.new_attempt("lab1")

    response = await jp_fetch("containrlab", "api", "attempts", "1", "events")

    assert response.headers["Content-Type"] == "text/event-stream"
    events = [line for line in response.body.decode().split("\n\n") if line]
    assert [event.splitlines()[0] for event in events] == ["event: progress"] * 3 + ["event: result"]
    assert json.loads(events[-1].split("data: ")[1])["result"] == FAILED


async def test_events_are_not_held_back(jp_fetch: Ask, course: CourseStandIn) -> None:
    course.new_attempt("lab1")
    course.stream = "held"
    events = Events()

    fetching = asyncio.ensure_future(
        jp_fetch("containrlab", "api", "attempts", "1", "events", streaming_callback=events)
    )
    async with asyncio.timeout(5):
        await events.has_some.wait()
        assert "Starting a clean sandbox" in events.text
        assert "result" not in events.text
        course.release.set()
        await fetching
    assert "event: result" in events.text


@pytest.mark.parametrize(
    ("request_line", "body", "first"),
    [
        pytest.param("GET /attempts/1/events", "", b"clean sandbox", id="an attempt"),
        pytest.param("POST /agent/explain", '{"lab": "lab1", "text": "E"}', b"What lies", id="an answer"),
    ],
)
async def test_a_browser_that_leaves_ends_the_stream_upstream(
    request_line: str,
    body: str,
    first: bytes,
    course: CourseStandIn,
    http_server_client: AsyncHTTPClient,
    jp_http_port: int,
    jp_base_url: str,
    jp_auth_header: dict[str, str],
) -> None:
    course.new_attempt("lab1")
    course.stream, course.agent.mode = "held", "ai"
    reader, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
    method, path = request_line.split()
    header = f"Authorization: {jp_auth_header['Authorization']}\r\nContent-Length: {len(body)}"
    line = f"{method} {jp_base_url}containrlab/api{path} HTTP/1.1"
    writer.write(f"{line}\r\nHost: localhost\r\n{header}\r\n\r\n{body}".encode())
    async with asyncio.timeout(5):
        await reader.readuntil(first)

        writer.close()
        await writer.wait_closed()

        assert await _is_set(course.stream_left)


async def _is_set(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, 5)


async def test_a_stream_that_breaks_ends_without_a_result(jp_fetch: Ask, course: CourseStandIn) -> None:
    course.new_attempt("lab1")
    course.stream = "cut"

    response = await jp_fetch("containrlab", "api", "attempts", "1", "events")

    assert "load build" in response.body.decode()
    assert "event: result" not in response.body.decode()


async def test_events_of_an_unknown_attempt_are_404(ask: Ask) -> None:
    status, answer = await ask("attempts/99/events")
    assert (status, answer["code"]) == (404, "not_found")


async def test_events_of_a_service_that_is_down_are_502(ask: Ask, course: CourseStandIn) -> None:
    course.stop()
    status, answer = await ask("attempts/1/events")
    assert (status, answer["code"]) == (502, "course_service_unavailable")
