"""Whatever the API does, the learner gets an answer in its time, and the log says why it was not AI's."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import pytest
from tornado.testing import bind_unused_port

from course_service.hint_provider import HintFailure
from course_service.verdict import FailureCode
from tests.claims_table import Claim
from tests.course_service.asking_hints import ask, hand_in
from tests.course_service.course_plans import failing
from tests.course_service.running_service import RunningService
from tests.course_service.test_gemini import FAILURES, HANGING
from tests.gemini_fixtures import GEMINI_KEY
from tests.gemini_stand_in import Behaviour, GeminiStandIn

from .conftest import Serve

TIMEOUT, SPARE = 1.0, 10.0
"""Seconds that AI has where it hangs, and that all else may take on a busy machine."""
OWN = "h"
"""The hint of a verdict, where the lab's author has none."""
LOGGER = "course_service.hint_service"


async def ask_and_see(
    service: RunningService, claim: Claim, caplog: pytest.LogCaptureFixture, reason: HintFailure
) -> None:
    """The answer is the course's own, in one log line with `reason`."""
    before = service.hints.counts.failures[reason]
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, LOGGER):
        answer = await ask(service, question="Why?")
    claim.seconds = time.monotonic() - started
    lines = [record.getMessage() for record in caplog.records if record.name == LOGGER]
    claim.seen = f"{answer.status}, {answer.end['source']}'s answer, log: {len(lines)} x {reason}"
    assert answer.end["source"] == "author"
    assert answer.text.endswith(OWN)
    assert answer.end["note"].endswith("so this is the course's own explanation.")
    assert len(lines) == 1
    assert f": {reason}: " in lines[0]
    assert GEMINI_KEY not in lines[0] + answer.response.text
    assert service.hints.counts.failures[reason] == before + 1
    (kept, *_) = service.hints.hints.list_hints()
    assert (kept["id"], kept["ai_failure"]) == (answer.end["id"], reason)


@pytest.fixture
async def enter_failure(
    enter: Callable[[str, str, str], Claim], store, gemini: GeminiStandIn
) -> Callable[[str, HintFailure], Claim]:
    """A learner whose lab failed, and the line of the table."""
    hand_in(store, failing(FailureCode.HEALTHCHECK_FAILED))
    return lambda case, reason: enter("failure", case, f"200, author's answer, log: 1 x {reason}")


@pytest.mark.parametrize(("behaviour", "reason"), FAILURES, ids=lambda value: getattr(value, "name", None))
async def test_an_api_that_fails(
    serve: Serve, enter_failure, gemini: GeminiStandIn, caplog, behaviour: Behaviour, reason: HintFailure
):
    gemini.behaviour = behaviour
    claim = enter_failure(behaviour.name.lower(), reason)
    await ask_and_see(await serve(), claim, caplog, reason)
    assert len(gemini.requests) == 1, "it was asked again"


@pytest.mark.parametrize("behaviour", [one for one, _ in HANGING], ids=lambda value: value.name)
async def test_an_api_that_hangs(serve: Serve, enter_failure, gemini: GeminiStandIn, caplog, behaviour):
    service = await serve(gemini_timeout_seconds=TIMEOUT)
    await ask(service, question="Why?")  # the first makes a TLS context
    gemini.behaviour = behaviour
    claim = enter_failure(behaviour.name.lower(), HintFailure.TIMEOUT)
    waiting = asyncio.create_task(ask_and_see(service, claim, caplog, HintFailure.TIMEOUT))
    while len(gemini.requests) < 2 and not waiting.done():
        assert (await service.get("api/labs")).status_code == 200
    assert (await service.get("api/labs/ladder/files")).status_code == 200, "lab work goes on"
    assert not waiting.done()
    await waiting
    assert TIMEOUT <= claim.seconds < TIMEOUT + SPARE


async def test_a_key_that_is_not_accepted(serve: Serve, enter_failure, caplog):
    claim = enter_failure("wrong key", HintFailure.WRONG_KEY)
    await ask_and_see(await serve(gemini_api_key="another"), claim, caplog, HintFailure.WRONG_KEY)


async def test_a_redirect_is_not_followed(serve: Serve, enter_failure, gemini: GeminiStandIn, caplog):
    gemini.behaviour, gemini.redirect_to = Behaviour.REDIRECT, f"{gemini.url}/elsewhere"
    claim = enter_failure("redirect", HintFailure.MALFORMED)
    await ask_and_see(await serve(), claim, caplog, HintFailure.MALFORMED)
    assert len(gemini.requests) == 1


async def test_no_network(serve: Serve, enter_failure, caplog):
    socket, port = bind_unused_port()
    socket.close()
    claim = enter_failure("no network", HintFailure.NO_NETWORK)
    service = await serve(gemini_url=f"http://127.0.0.1:{port}")
    await ask_and_see(service, claim, caplog, HintFailure.NO_NETWORK)


@pytest.mark.parametrize(
    ("case", "changes"), [("no key", {"gemini_api_key": None}), ("AI turned off", {"hints": "author"})]
)
async def test_without_ai(serve: Serve, enter, store, gemini: GeminiStandIn, case: str, changes: dict):
    hand_in(store, failing(FailureCode.HEALTHCHECK_FAILED))
    claim = enter("failure", case, "200, author's answer, nothing asked")
    answer = await ask(await serve(**changes), question="Why?")
    asked = "nothing" if not gemini.requests else "AI"
    claim.seen = f"{answer.status}, {answer.end['source']}'s answer, {asked} asked"
    assert claim.seen == claim.expected
    assert answer.text == OWN
