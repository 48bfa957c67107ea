"""Of fifty requests at once as many pass as may, and a restart of the service changes nothing."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace

import pytest

from course_service.verdict import FailureCode
from hub_config.settings import Settings
from tests.claims_table import Claim
from tests.course_service.asking_hints import Asked, ask, hand_in
from tests.course_service.course_plans import failing
from tests.course_service.running_service import RunningService, serve_course
from tests.course_service.sandbox_stand_ins import WillingSandbox
from tests.gemini_stand_in import GeminiStandIn

AT_ONCE = 50


@pytest.fixture
def fresh(settings: Settings, store) -> Settings:
    """Settings whose limits nobody has touched: a limit of another number counts apart."""
    hand_in(store, failing(FailureCode.HEALTHCHECK_FAILED))
    return replace(settings, hints_per_minute=5)


async def ask_at_once(service: RunningService, claim: Claim, **body: object) -> list[Asked]:
    started = time.monotonic()
    answers = await asyncio.gather(*(ask(service, **body) for _ in range(AT_ONCE)))
    claim.seconds = time.monotonic() - started
    return answers


async def test_a_sessions_minute(fresh: Settings, store, gemini: GeminiStandIn, enter):
    claim = enter("limits", f"{AT_ONCE} at once, 5 a minute", "5 x 200, 45 x 429")
    async with serve_course(fresh, store, WillingSandbox()) as service:
        answers = await ask_at_once(service, claim)
    statuses = Counter(one.status for one in answers)
    claim.seen = ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items()))
    assert claim.seen == claim.expected
    for refused in (one.response for one in answers if one.status == 429):
        assert 0 < int(refused.headers["Retry-After"]) <= 60


async def test_a_restart_of_the_service(fresh: Settings, store, gemini: GeminiStandIn, enter):
    claim = enter("limits", "after a restart of the service", "429; another learner: 200")
    fresh = replace(fresh, hints_per_minute=6)
    async with serve_course(fresh, store, WillingSandbox()) as service:
        await ask_at_once(service, claim)
    async with serve_course(fresh, store, WillingSandbox()) as service:
        own, other = await ask(service), await ask(service, token="bob-token")
    claim.seen = f"{own.status}; another learner: {other.status}"
    assert claim.seen == claim.expected


@pytest.mark.parametrize(
    ("whose", "limit", "setting"),
    [("a learner's", 7, "ai_hints_per_day"), ("the course's", 8, "ai_hints_per_course_day")],
)
async def test_a_days_budget(
    fresh: Settings, store, gemini: GeminiStandIn, enter, whose: str, limit: int, setting: str
):
    own = AT_ONCE - limit
    claim = enter(
        "limits", f"{AT_ONCE} at once, {whose} day of {limit} by AI", f"{limit} x ai, {own} x author"
    )
    generous = replace(fresh, hints_per_minute=1000, **{setting: limit})
    async with serve_course(generous, store, WillingSandbox()) as service:
        answers = await ask_at_once(service, claim, question="Why?")
    sources = Counter(one.end["source"] for one in answers)
    claim.seen = ", ".join(f"{number} x {source}" for source, number in sorted(sources.items()))
    assert claim.seen == claim.expected
    assert len(gemini.requests) == limit
    assert all("today" in one.end["note"] for one in answers if one.end["source"] == "author")
