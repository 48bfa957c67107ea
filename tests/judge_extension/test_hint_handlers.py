"""Questions to the course's agent, through a real server: passed on as they are, and so are the answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from .course_stand_in import CourseStandIn

Ask = Callable[..., Any]
QUESTION = {"lab": "lab1", "question": "Why läuft das nicht?"}


@pytest.fixture(autouse=True)
def hints(course: CourseStandIn) -> None:
    """The course has turned hints on."""
    course.agent.mode = "ai"


@pytest.mark.parametrize(
    ("kind", "question"), [("hint", QUESTION), ("explain", {"lab": "lab1", "text": "E" * 20_000})]
)
async def test_a_question_and_its_answer_pass_through(
    jp_fetch: Ask, course: CourseStandIn, kind: str, question: dict[str, str]
) -> None:
    body = json.dumps(question)
    response = await jp_fetch("containrlab", "api", "agent", kind, method="POST", body=body)

    assert course.agent.questions == [(kind, question)]
    assert course.requests[-1][2]["Authorization"] == "token server-token-of-alice"
    assert response.headers["Content-Type"] == "text/event-stream"
    names = [line for line in response.body.decode().splitlines() if line.startswith("event")]
    assert names == ["event: start", "event: piece", "event: piece", "event: end"]
    assert "What lies in your folder" in response.body.decode()


async def test_an_answer_is_not_held_back(jp_fetch: Ask, course: CourseStandIn) -> None:
    course.stream = "held"
    has_some, seen = asyncio.Event(), bytearray()

    def take(chunk: bytes) -> None:
        seen.extend(chunk)
        if b"What lies" in seen:
            has_some.set()

    options = {"method": "POST", "body": json.dumps(QUESTION), "streaming_callback": take}
    fetching = asyncio.ensure_future(jp_fetch("containrlab", "api", "agent", "hint", **options))
    async with asyncio.timeout(5):
        await has_some.wait()
        assert b"event: end" not in seen
        course.release.set()
        await fetching
    assert b"event: end" in seen


async def test_what_is_offered_is_asked_for_by_lab(ask: Ask, course: CourseStandIn) -> None:
    assert await ask("agent", params={"lab": "lab1"}) == (200, course.agent.offer(has_failed=False))
    assert course.requests[-1][1].endswith("api/agent?lab=lab1")


async def test_over_the_limit_it_is_said_when_to_ask_again(jp_fetch: Ask, course: CourseStandIn) -> None:
    course.agent.left = 0
    options = {"method": "POST", "body": json.dumps(QUESTION), "raise_error": False}
    response = await jp_fetch("containrlab", "api", "agent", "hint", **options)

    assert response.code == 429
    assert response.headers["Retry-After"] == "42"
    assert json.loads(response.body) == course.agent.refusal


async def test_hints_that_are_off_are_refused_in_the_services_words(ask: Ask, course: CourseStandIn) -> None:
    course.refusal = (403, {"code": "hints_off", "message": "This course gives no hints."})
    assert await ask("agent/hint", method="POST", body=json.dumps(QUESTION)) == course.refusal


@pytest.mark.parametrize("mode", ["hangup", "garbage", "html_404", "error", "elsewhere"])
async def test_a_service_that_fails_is_said_so(ask: Ask, course: CourseStandIn, mode: str) -> None:
    course.mode = mode
    status, answer = await ask("agent/explain", method="POST", body=json.dumps(QUESTION))
    assert (status, answer["code"]) == (502, "course_service_unavailable")


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        pytest.param("agent/hint", {"body": "[]"}, 400, id="no object"),
        pytest.param("agent/hint", {"body": "{"}, 400, id="no JSON"),
        pytest.param("agent/hint", {"body": ""}, 400, id="nothing"),
        pytest.param("agent/explain", {"body": json.dumps({"text": "E" * 2**18})}, 400, id="too long"),
        pytest.param("agent/solve", {"body": "{}"}, 404, id="another question"),
        pytest.param("agent", {"method": "GET", "params": {"lab": "../x"}}, 400, id="not a slug"),
        pytest.param("agent", {"method": "GET", "params": {"user": "bob"}}, 400, id="unknown key"),
    ],
)
async def test_odd_questions_never_reach_the_service(
    ask: Ask, course: CourseStandIn, path: str, options: dict[str, Any], status: int
) -> None:
    found, answer = await ask(path, **{"method": "POST"} | options)
    assert found == status
    assert {"code", "message"} <= set(answer)
    assert course.requests == []
