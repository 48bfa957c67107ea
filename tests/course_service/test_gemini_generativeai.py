"""The adapter for google-generativeai, through the real library where the extra of that name is installed."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator

import pytest

from course_service.gemini_generativeai import GeminiByGenerativeAI
from course_service.hint_prompt import HintPrompt
from course_service.hint_provider import HintFailure, HintLimits, HintUnavailable, HintUsage
from tests.gemini_stand_in import RETRY_AFTER, Behaviour, GeminiStandIn

KEY = "canary-gemini-key"
PROMPT = HintPrompt("Give one step only.", "My build fails.")
IN_TIME = HintLimits(seconds=30)

is_installed = importlib.util.find_spec("google.generativeai") is not None
with_the_extra = pytest.mark.skipif(not is_installed, reason="needs the extra google-generativeai (150 MB)")


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiStandIn]:
    stand_in = GeminiStandIn(KEY)
    yield stand_in
    stand_in.stop()


async def ask(gemini: GeminiStandIn, limits: HintLimits = IN_TIME, key: str | None = KEY) -> list[object]:
    provider = GeminiByGenerativeAI(key, "gemini-test", gemini.url)
    return [item async for item in provider.stream(PROMPT, limits)]


@with_the_extra
async def test_an_answer_comes_in_one_piece(gemini: GeminiStandIn):
    gemini.behaviour = Behaviour.ANSWER
    with warnings.catch_warnings(record=True) as warned:
        assert await ask(gemini) == ["Look at the **CMD** line.", HintUsage(90, 10, is_cut=False)]
    assert warned == []
    request = gemini.requests[-1]
    assert request.text == f"{PROMPT.rules}\n{PROMPT.text}"
    assert KEY not in f"{request.path}{request.query}{request.body}"


@with_the_extra
@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (Behaviour.FORBIDDEN, HintFailure.WRONG_KEY),
        (Behaviour.LIMITED, HintFailure.RATE_LIMITED),
        (Behaviour.NO_SUCH_MODEL, HintFailure.BAD_REQUEST),
        (Behaviour.ERROR_503, HintFailure.SERVER_ERROR),
        (Behaviour.ERROR_IN_HTML, HintFailure.SERVER_ERROR),
        (Behaviour.HANG_UP, HintFailure.NO_NETWORK),
        (Behaviour.PROMPT_BLOCKED, HintFailure.REFUSED),
        (Behaviour.SAFETY, HintFailure.REFUSED),
        (Behaviour.EMPTY_CANDIDATE, HintFailure.EMPTY),
        (Behaviour.MALFORMED_JSON, HintFailure.MALFORMED),
        (Behaviour.HTML_PAGE, HintFailure.MALFORMED),
    ],
    ids=lambda value: getattr(value, "name", None),
)
async def test_each_failure_has_its_reason(gemini: GeminiStandIn, behaviour: Behaviour, reason: HintFailure):
    gemini.behaviour = behaviour
    asked = len(gemini.requests)
    with pytest.raises(HintUnavailable) as raised:
        await ask(gemini)
    assert raised.value.reason is reason
    assert raised.value.retry_after == (RETRY_AFTER if reason is HintFailure.RATE_LIMITED else None)
    assert len(gemini.requests) == asked + 1


@with_the_extra
async def test_an_api_that_hangs_is_left_in_time(gemini: GeminiStandIn):
    gemini.behaviour = Behaviour.ANSWER
    await ask(gemini)
    gemini.behaviour = Behaviour.HANG
    with pytest.raises(HintUnavailable, match="timeout"):
        await ask(gemini, HintLimits(seconds=1))


@with_the_extra
async def test_a_wrong_key(gemini: GeminiStandIn):
    with pytest.raises(HintUnavailable, match="wrong_key"):
        await ask(gemini, key="another")


async def test_without_a_key_nothing_is_asked(gemini: GeminiStandIn):
    with pytest.raises(HintUnavailable, match="no_key"):
        await ask(gemini, key=None)


@pytest.mark.skipif(is_installed, reason="the extra google-generativeai is installed")
async def test_without_the_extra_the_log_says_so(gemini: GeminiStandIn):
    with pytest.raises(HintUnavailable, match="install the extra google-generativeai"):
        await ask(gemini)
