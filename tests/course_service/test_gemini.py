"""Gemini asked through the real SDK, at a stand-in of its API that fails in every way that is known."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from contextlib import aclosing

import pytest

from course_service.gemini import Gemini, hint_limits, make_gemini
from course_service.hint_prompt import HintPrompt
from course_service.hint_provider import HintFailure, HintLimits, HintProvider, HintUnavailable, HintUsage
from hub_config.settings import Settings
from tests.gemini_fixtures import GEMINI_KEY
from tests.gemini_stand_in import RETRY_AFTER, Behaviour, GeminiStandIn

PROMPT = HintPrompt("Give one step only.", "My build fails.")
LIMITS = HintLimits(seconds=1)
IN_TIME = HintLimits(seconds=30)
"""Of tests in which nothing hangs, on a machine that has much else to do."""

FAILURES = [
    (Behaviour.FORBIDDEN, HintFailure.WRONG_KEY),
    (Behaviour.LIMITED, HintFailure.RATE_LIMITED),
    (Behaviour.LIMITED_IN_STREAM, HintFailure.RATE_LIMITED),
    (Behaviour.NO_SUCH_MODEL, HintFailure.BAD_REQUEST),
    (Behaviour.ERROR_500, HintFailure.SERVER_ERROR),
    (Behaviour.ERROR_503, HintFailure.SERVER_ERROR),
    (Behaviour.ERROR_IN_HTML, HintFailure.SERVER_ERROR),
    (Behaviour.HANG_UP, HintFailure.NO_NETWORK),
    (Behaviour.HANG_UP_IN_STREAM, HintFailure.NO_NETWORK),
    (Behaviour.PROMPT_BLOCKED, HintFailure.REFUSED),
    (Behaviour.SAFETY, HintFailure.REFUSED),
    (Behaviour.RECITATION, HintFailure.REFUSED),
    (Behaviour.EMPTY_CANDIDATE, HintFailure.EMPTY),
    (Behaviour.NO_CANDIDATES, HintFailure.EMPTY),
    (Behaviour.NOTHING, HintFailure.EMPTY),
    (Behaviour.OTHER_JSON, HintFailure.EMPTY),
    (Behaviour.THOUGHTS_ONLY, HintFailure.EMPTY),
    (Behaviour.MALFORMED_JSON, HintFailure.MALFORMED),
    (Behaviour.DEEP_JSON, HintFailure.MALFORMED),
    (Behaviour.HTML_PAGE, HintFailure.MALFORMED),
    (Behaviour.ENDLESS, HintFailure.MALFORMED),
]
HANGING = [(Behaviour.HANG, []), (Behaviour.HANG_IN_STREAM, ["Look at "])]


@pytest.fixture
def provider(gemini: GeminiStandIn) -> HintProvider:
    return Gemini(GEMINI_KEY, "gemini-test", gemini.url)


async def ask(provider: HintProvider, limits: HintLimits = IN_TIME) -> tuple[str, HintUsage]:
    *pieces, usage = [item async for item in provider.stream(PROMPT, limits)]
    assert all(pieces)
    assert isinstance(usage, HintUsage)
    return "".join(pieces), usage


async def fail(provider: HintProvider, limits: HintLimits = IN_TIME) -> tuple[list[object], HintUnavailable]:
    """What came before the failure, and the failure."""
    items: list[object] = []
    with pytest.raises(HintUnavailable) as raised:
        await read_into(items, provider, limits)
    return items, raised.value


async def read_into(items: list[object], provider: HintProvider, limits: HintLimits) -> None:
    async for item in provider.stream(PROMPT, limits):
        items.append(item)


async def assert_nothing_is_left(gemini: GeminiStandIn) -> None:
    assert await asyncio.to_thread(gemini.has_no_connection)
    for _ in range(20):  # the SDK's inner generators are closed one after the other
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_answer_comes_in_pieces_with_what_it_cost(gemini: GeminiStandIn, provider: HintProvider):
    items = [item async for item in provider.stream(PROMPT, IN_TIME)]
    assert items == ["Look at ", "the **CMD** ", "line.", HintUsage(90, 10, is_cut=False)]
    await assert_nothing_is_left(gemini)


async def test_what_is_asked(gemini: GeminiStandIn, provider: HintProvider):
    await ask(provider, HintLimits(temperature=0.3, output_tokens=99, seconds=30))
    (request,) = gemini.requests
    assert request.path == "/v1beta/models/gemini-test:streamGenerateContent"
    assert request.text == f"{PROMPT.rules}\n{PROMPT.text}"
    assert request.body["generationConfig"] == {"temperature": 0.3, "maxOutputTokens": 99}
    assert request.headers["x-goog-api-key"] == GEMINI_KEY
    assert GEMINI_KEY not in f"{request.path}{request.query}{request.body}"


@pytest.mark.parametrize(("behaviour", "reason"), FAILURES, ids=lambda value: getattr(value, "name", None))
async def test_each_failure_has_its_reason(
    gemini: GeminiStandIn, provider: HintProvider, behaviour: Behaviour, reason: HintFailure
):
    gemini.behaviour = behaviour
    _, failure = await fail(provider)
    assert failure.reason is reason
    assert len(gemini.requests) == 1, "it was asked again"
    assert "\n" not in failure.detail
    assert 0 < len(failure.detail) <= 300
    await assert_nothing_is_left(gemini)


@pytest.mark.parametrize(("behaviour", "before"), HANGING, ids=lambda value: getattr(value, "name", None))
async def test_an_api_that_hangs_is_left_in_time(
    gemini: GeminiStandIn, provider: HintProvider, behaviour: Behaviour, before: list[str]
):
    await ask(provider)  # the SDK's import is not what is measured
    gemini.behaviour = behaviour
    started = asyncio.get_running_loop().time()
    items, failure = await fail(provider, LIMITS)
    took = asyncio.get_running_loop().time() - started
    assert (items, failure.reason) == (before, HintFailure.TIMEOUT)
    assert LIMITS.seconds <= took < LIMITS.seconds + 10
    await assert_nothing_is_left(gemini)


async def test_a_limited_client_is_told_when_to_try_again(gemini: GeminiStandIn, provider: HintProvider):
    gemini.behaviour = Behaviour.LIMITED
    _, failure = await fail(provider)
    assert failure.retry_after == RETRY_AFTER


async def test_a_wrong_key(gemini: GeminiStandIn):
    _, failure = await fail(Gemini("another", "gemini-test", gemini.url))
    assert failure.reason is HintFailure.WRONG_KEY
    assert "API key not valid" in failure.detail


async def test_without_a_key_nothing_is_asked(gemini: GeminiStandIn):
    _, failure = await fail(Gemini(None, "gemini-test", gemini.url))
    assert failure.reason is HintFailure.NO_KEY
    assert gemini.requests == []


async def test_without_a_network():
    _, failure = await fail(Gemini(GEMINI_KEY, "gemini-test", "http://127.0.0.1:1"))
    assert failure.reason is HintFailure.NO_NETWORK


async def test_the_key_follows_no_redirect(gemini: GeminiStandIn, provider: HintProvider):
    gemini.behaviour, gemini.redirect_to = Behaviour.REDIRECT, f"{gemini.url}/elsewhere"
    _, failure = await fail(provider)
    assert failure.reason is HintFailure.MALFORMED
    assert len(gemini.requests) == 1


@pytest.mark.parametrize("name", ["HTTP_PROXY", "ALL_PROXY", "GOOGLE_GEMINI_BASE_URL"])
async def test_the_environment_sends_the_key_nowhere_else(
    gemini: GeminiStandIn, provider: HintProvider, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    assert (await ask(provider))[0] == "Look at the **CMD** line."


@pytest.mark.parametrize("behaviour", [Behaviour.OUT_OF_TOKENS, Behaviour.ENDS_WITHOUT_REASON])
async def test_an_answer_that_breaks_off_says_so(
    gemini: GeminiStandIn, provider: HintProvider, behaviour: Behaviour
):
    gemini.behaviour = behaviour
    text, usage = await ask(provider)
    assert (text, usage.is_cut) == ("Look at the **CMD** line.", True)


async def test_a_huge_answer_is_cut(gemini: GeminiStandIn, provider: HintProvider):
    gemini.pieces = ["long " * 1000] * 100
    text, usage = await ask(provider)
    assert len(text) == IN_TIME.characters
    assert usage.is_cut
    await assert_nothing_is_left(gemini)


async def test_markup_is_passed_on_as_it_is_for_whoever_renders_it(
    gemini: GeminiStandIn, provider: HintProvider
):
    gemini.pieces = ["<script>alert(1)</script>", " <img src=x onerror=alert(1)>", " \ud800 é"]
    text, _ = await ask(provider)
    assert text == "<script>alert(1)</script> <img src=x onerror=alert(1)>  é"


async def test_who_stops_reading_ends_the_request(gemini: GeminiStandIn, provider: HintProvider):
    gemini.behaviour = Behaviour.HANG_IN_STREAM
    async with aclosing(provider.stream(PROMPT, IN_TIME)) as answer:
        assert await anext(answer) == "Look at "
    await assert_nothing_is_left(gemini)


async def test_who_is_cancelled_ends_the_request(gemini: GeminiStandIn, provider: HintProvider):
    gemini.behaviour = Behaviour.HANG
    asking = asyncio.create_task(ask(provider))
    while not gemini.requests:
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await assert_nothing_is_left(gemini)


async def test_what_the_reader_does_meanwhile_is_not_cancelled(gemini: GeminiStandIn, provider: HintProvider):
    limits = HintLimits(seconds=1)
    await ask(provider)
    answer = provider.stream(PROMPT, limits)
    await anext(answer)
    loop = asyncio.get_running_loop()
    later = loop.create_future()
    loop.call_later(1.2 * limits.seconds, later.set_result, None)
    await later
    await answer.aclose()


@pytest.mark.parametrize("behaviour", [Behaviour.ANSWER, Behaviour.FORBIDDEN, Behaviour.HANG_UP_IN_STREAM])
async def test_no_log_holds_the_key(
    gemini: GeminiStandIn, provider: HintProvider, caplog: pytest.LogCaptureFixture, behaviour: Behaviour
):
    gemini.behaviour = behaviour
    with caplog.at_level(logging.DEBUG):
        try:
            await ask(provider)
        except HintUnavailable as failure:
            logging.getLogger("test").exception("No hint by AI: %r", failure)
    assert "httpcore2" in {record.name.partition(".")[0] for record in caplog.records}
    assert GEMINI_KEY not in caplog.text


async def test_a_key_that_an_answer_repeats_is_not_in_the_failure(gemini: GeminiStandIn):
    _, failure = await fail(Gemini("API key not valid", "gemini-test", gemini.url))
    assert failure.detail == "400 INVALID_ARGUMENT: ***. Please pass a valid API key."


def test_a_course_without_a_key_does_not_import_the_sdk():
    program = "import sys, course_service.app, course_service.gemini; print('google.genai' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert ran.stdout == "False\n"


def test_settings_make_the_provider():
    settings = Settings.from_environment(
        {
            "GEMINI_TEMPERATURE": "0",
            "GEMINI_MAX_OUTPUT_TOKENS": "100",
            "GEMINI_TIMEOUT_SECONDS": "2.5",
            "GEMINI_MODEL": "models/other",
        }
    )
    assert hint_limits(settings) == HintLimits(0, 100, 2.5)
    assert isinstance(make_gemini(settings), Gemini)
    assert make_gemini(settings).name == "models/other"
    old = Settings.from_environment({"GEMINI_SDK": "google-generativeai"})
    assert type(make_gemini(old)).__name__ == "GeminiByGenerativeAI"
