"""Hints over HTTP, from the request to the last event; Gemini is the stand-in, asked by the real SDK."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from tests.gemini_fixtures import GEMINI_KEY
from tests.gemini_stand_in import Behaviour

from .asking_hints import KNOWN_LOG, STEPS, ask, failed_build, hand_in, write_lab
from .course_plans import passing, write_course
from .running_service import RunningService, serve_course
from .sandbox_stand_ins import WillingSandbox

LAST = STEPS[-1]
INSTEAD = ", so this is the course's own explanation."


@pytest.fixture
def settings(settings, tmp_path, gemini):
    """A course with AI and one lab, whose limits are not met by a test."""
    return replace(
        settings,
        labs_dir=write_lab(tmp_path / "labs"),
        gemini_api_key=GEMINI_KEY,
        gemini_url=gemini.url,
        gemini_timeout_seconds=60,
        hints_per_minute=100,
    )


@pytest.fixture
async def serve(settings, store) -> AsyncIterator[Callable]:
    """Serves the course with some settings changed."""
    async with AsyncExitStack() as stack:

        async def start(**changes: object) -> RunningService:
            changed = replace(settings, **changes)
            return await stack.enter_async_context(serve_course(changed, store, WillingSandbox()))

        yield start


async def test_the_ladder_is_climbed_and_ai_is_above_it(serve, store, gemini):
    service = await serve()
    hand_in(store, failed_build(KNOWN_LOG))
    answers = [await ask(service) for _ in range(6)]
    assert [(one.start["source"], one.start["step"], one.start["steps"]) for one in answers] == [
        *(("author", step, 3) for step in (1, 2, 3)),
        ("judge", None, None),
        *[("ai", None, None)] * 2,
    ]
    assert tuple(one.text for one in answers[:3]) == STEPS
    assert "requirements.txt" in answers[3].text
    assert answers[4].pieces == gemini.pieces
    assert {one.start["code"] for one in answers} == {"docker_build_failed"}
    assert [one.start["left"] for one in answers] == [99, 98, 97, 96, 95, 94]
    assert not any(one.start["is_last"] for one in answers)
    ends = [one.end for one in answers]
    assert [one["id"] for one in ends] == sorted(one["id"] for one in ends)
    assert {one["note"] for one in ends} == {None}
    assert [one["model"] for one in ends] == [*[None] * 4, *["gemini-3.5-flash-lite"] * 2]
    assert len(gemini.requests) == 2, "AI is asked anew each time, and for no rung below it"


async def test_a_prompt_has_the_learners_attempt_and_the_labs_words(serve, store, gemini):
    service = await serve()
    hand_in(store, failed_build(), files={"Dockerfile": b"FROM mine\n"})
    hand_in(store, failed_build(), user="bob", files={"Dockerfile": b"FROM bobs\n"})
    await ask(service, question="Pourquoi?")
    await ask(service, "explain", text="a strange error")
    hint, explanation = (request.text for request in gemini.requests)
    for words in ("FROM mine", "Words of the notebook.", "The build failed."):
        assert words in hint
        assert words in explanation
    assert "Pourquoi?" in hint
    assert "a log of nothing known" in hint
    assert "a strange error" in explanation
    for secret in ("bob", "alice", *STEPS):
        assert secret not in hint + explanation


@pytest.mark.parametrize("changes", [{"hints": "author"}, {"gemini_api_key": None}], ids=["set", "no key"])
async def test_without_ai_the_last_rung_stands(serve, store, gemini, changes):
    service = await serve(**changes)
    hand_in(store, failed_build())
    answers = [await ask(service) for _ in range(5)]
    assert [one.text for one in answers] == [*STEPS, LAST, LAST]
    assert [one.start["is_last"] for one in answers] == [False, False, True, True, True]
    question = await ask(service, question="Why?")
    assert question.text == LAST
    assert question.end["note"] == f"This course answers no questions in words{INSTEAD}"
    assert gemini.requests == []
    assert service.hints.counts.failures == {}


async def test_a_question_goes_to_ai_and_is_no_step(serve, store):
    service = await serve()
    hand_in(store, failed_build())
    answer = await ask(service, question="Why?")
    assert (answer.start["source"], answer.start["code"]) == ("ai", "docker_build_failed")
    assert (await ask(service, question="  ")).text == STEPS[0]


async def test_before_and_after_the_work_there_is_a_sentence(serve, store, gemini):
    service = await serve()
    before = await ask(service)
    assert (before.start["source"], before.start["code"], before.start["step"]) == ("author", None, None)
    assert before.text.startswith("Press **Check** first")
    assert "There is a Dockerfile" in before.text
    hand_in(store, passing())
    assert "You have passed" in (await ask(service)).text
    assert gemini.requests == []


async def test_a_known_error_is_explained_and_asked_again_by_ai(serve, gemini):
    service = await serve()
    text = "\n".join(KNOWN_LOG)
    first, again = [await ask(service, "explain", text=text) for _ in range(2)]
    assert (first.start["source"], first.start["code"]) == ("judge", None)
    assert "**Next:**" in first.text
    assert again.start["source"] == "ai"
    assert "Explain what the log" in gemini.requests[0].text
    assert (await ask(service, "explain", token="bob-token", text=text)).start["source"] == "judge"


async def test_an_unknown_error_is_ais_and_without_it_there_is_advice(serve, gemini):
    assert (await ask(await serve(), "explain", text="odd")).start["source"] == "ai"
    gemini.behaviour = Behaviour.ERROR_503
    for service, note in (
        (await serve(), f"The AI cannot be asked right now{INSTEAD}"),
        (await serve(hints="author"), None),
    ):
        answer = await ask(service, "explain", text="odd")
        assert (answer.start["source"], answer.end["note"]) == ("judge", note)
        assert "Read it from its end" in answer.text


async def test_an_answer_that_breaks_off_is_followed_by_the_courses_own(serve, store, gemini):
    service = await serve()
    hand_in(store, failed_build())
    gemini.behaviour = Behaviour.HANG_UP_IN_STREAM
    answer = await ask(service, question="Why?")
    assert answer.start["source"] == "ai"
    assert answer.pieces == ["Look at ", f"\n\n---\n\n{STEPS[0]}"]
    assert answer.end["source"] == "author"
    assert answer.end["note"] == f"The AI's answer broke off. The AI cannot be asked right now{INSTEAD}"
    assert answer.end["model"] is None


async def test_a_fault_of_ours_is_no_reason_to_leave_a_learner_alone(serve, store, monkeypatch, caplog):
    service = await serve()
    hand_in(store, failed_build())

    async def stream(*_: object) -> AsyncIterator[str]:
        raise ZeroDivisionError
        yield ""

    monkeypatch.setattr(service.hints._provider, "stream", stream)
    answer = await ask(service, question="Why?")
    assert (answer.text, answer.end["source"]) == (STEPS[0], "author")
    assert service.hints.counts.failures == {"malformed": 1}
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("changes", "whose"),
    [
        ({"ai_hints_per_day": 1}, "You have used up your hints by AI for today"),
        ({"ai_hints_per_course_day": 1}, "The course has used up its hints by AI for today"),
    ],
)
async def test_a_budget_that_is_used_up_means_the_courses_own_answer(serve, store, gemini, changes, whose):
    service = await serve(**changes)
    hand_in(store, failed_build())
    assert (await ask(service, question="1")).start["source"] == "ai"
    second = await ask(service, question="2")
    assert (second.status, second.text, second.end["note"]) == (200, STEPS[0], whose + INSTEAD)
    assert len(gemini.requests) == 1


async def test_of_fifty_at_once_five_pass_and_a_restart_resets_nothing(serve, store, gemini):
    service = await serve(hints_per_minute=5)
    hand_in(store, failed_build())
    answers = await asyncio.gather(*(ask(service) for _ in range(50)))
    assert sorted(one.status for one in answers) == [200] * 5 + [429] * 45
    assert {one.start["left"] for one in answers if one.status == 200} <= set(range(5))
    for one in (service, await serve(hints_per_minute=5)):
        refused = await ask(one, "explain", text="x")
        body = refused.response.json()
        assert (refused.status, body["code"]) == (429, "too_many_hints")
        assert 0 < body["retry_after"] <= 60
        assert refused.response.headers["Retry-After"] == str(body["retry_after"])
        assert (await ask(one, token="bob-token")).status == 200
    assert (await service.get("metrics")).status_code == 403
    metrics = (await service.get("metrics", token="staff-token")).text.splitlines()
    assert 'containrlab_hint_refusals_total{limit="minute"} 46.0' in metrics
    given = [line for line in metrics if line.startswith('containrlab_hint_answers_total{kind="hint"')]
    assert sum(float(line.split()[-1]) for line in given) == 6


@pytest.mark.parametrize("what", ["hint", "explain"])
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ('{"lab": "lab99"}', 404, "lab_not_found"),
        ("", 400, "bad_request"),
        ("[]", 400, "bad_request"),
        ("[" * 100_000, 400, "bad_request"),
        ('{"lab": 1}', 400, "bad_request"),
        ('{"lab": "ladder", "question": ["?"], "text": {}}', 400, "bad_request"),
        ('{"lab": "ladder", "user": "bob"}', 400, "bad_request"),
        ('{"lab": "ladder", "QT": "' + "x" * 20_001 + '"}', 400, "bad_request"),
        ('{"lab": "ladder", "QT": "' + "x" * 300_000 + '"}', 400, "bad_request"),
    ],
)
async def test_what_is_no_request_is_refused_and_counts_for_nothing(serve, what, body, status, code):
    service = await serve()
    sent = body.replace("QT", {"hint": "question", "explain": "text"}[what])
    answer = await service.ask("POST", f"api/agent/{what}", content=sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert (await service.get("api/agent")).json()["left"] == 100


@pytest.mark.parametrize("token", ["", "unknown-token", "service-token", "no-server-token", "staff-token"])
async def test_only_a_session_asks(serve, token):
    service = await serve()
    for answer in (
        (await ask(service, token=token)).response,
        (await ask(service, "explain", token, text="x")).response,
        await service.get("api/agent", token),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_a_course_can_turn_hints_off(serve):
    service = await serve(hints="off")
    for answer in (await ask(service), await ask(service, "explain", text="x")):
        assert (answer.status, answer.response.json()["code"]) == (403, "hints_off")
    described = (await service.get("api/agent?lab=ladder")).json()
    assert described == {"hints": "off", "left": 100, "per_minute": 100, "next": None}


async def test_a_lab_that_is_not_open_gives_no_hints(serve, settings):
    write_course(settings.labs_dir, '[{lab: ladder, opens: "2099-01-01 08:00"}]')
    service = await serve()
    for answer in ((await ask(service)).response, await service.get("api/agent?lab=ladder")):
        assert (answer.status_code, answer.json()["code"]) == (403, "lab_not_open")


async def test_what_comes_next_is_told_without_taking_a_turn(serve, store):
    service = await serve()
    hand_in(store, failed_build())
    assert (await service.get("api/agent")).json()["next"] is None
    seen = []
    for _ in range(4):
        seen.append((await service.get("api/agent?lab=ladder")).json())
        await ask(service)
    assert [(one["hints"], one["left"]) for one in seen] == [("ai", left) for left in (100, 99, 98, 97)]
    assert [(one["next"]["source"], one["next"]["step"]) for one in seen] == [
        *(("author", step) for step in (1, 2, 3)),
        ("ai", None),
    ]
    assert (await service.get("api/agent", "bob-token")).json()["left"] == 100


async def test_staff_see_what_was_asked_and_answered(serve, store, gemini, caplog):
    service = await serve()
    hand_in(store, failed_build())
    await ask(service)
    await ask(service, question="Why?")
    gemini.behaviour = Behaviour.LIMITED
    with caplog.at_level(logging.WARNING, "course_service.hint_service"):
        await ask(service, question="And why?")
    for path in ("api/course/hints", "api/course/hints?lab=ladder"):
        hints = (await service.get(path, "staff-token")).json()
        assert hints["before"] is None
        assert [
            (one["source"], one["ladder_step"], one["tokens"], one["ai_failure"], one["question"])
            for one in hints["hints"]
        ] == [
            ("author", 2, None, "rate_limited", "And why?"),
            ("ai", None, 100, None, "Why?"),
            ("author", 1, None, None, None),
        ]
    (line,) = [one.getMessage() for one in caplog.records if one.name == "course_service.hint_service"]
    assert "alice on ladder" in line
    assert "rate_limited" in line
    assert service.hints.counts.failures == {"rate_limited": 1}
    assert service.hints.counts.answers == {("hint", "author"): 2, ("hint", "ai"): 1}
    assert (await service.get("api/course/hints?lab=lab1", "staff-token")).json()["hints"] == []
    first = hints["hints"][0]["id"]
    older = (await service.get(f"api/course/hints?before={first}", "staff-token")).json()["hints"]
    assert [one["id"] for one in older] == [one["id"] for one in hints["hints"][1:]]
    assert (await service.get("api/course/hints?before=x", "staff-token")).status_code == 400
    assert (await service.get("api/course/hints")).status_code == 403


async def test_who_goes_away_ends_the_question_and_is_kept(serve, store, gemini):
    service = await serve()
    hand_in(store, failed_build())
    gemini.behaviour = Behaviour.HANG_IN_STREAM
    headers = {"Authorization": "token alice-token"}
    body = {"lab": "ladder", "question": "Why?"}
    asked = service.client.stream("POST", "api/agent/hint", headers=headers, json=body, timeout=30)
    async with asked as response:
        async for line in response.aiter_lines():
            if line.startswith("event: piece"):
                break
    assert await asyncio.to_thread(gemini.has_no_connection)
    async with asyncio.timeout(10):
        while not (kept := (await service.get("api/course/hints", "staff-token")).json()["hints"]):
            await asyncio.sleep(0)
    assert [(one["answer"], one["source"], one["ladder_step"]) for one in kept] == [("Look at ", "ai", None)]
    assert (await ask(service)).start["step"] == 1, "a step that nobody saw is none"
