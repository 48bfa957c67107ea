"""Hints and explanations, from the request to the last piece of the answer.

Whatever AI does, an answer comes: the deterministic one is known before AI is asked, and is given when AI
fails or its time (`GEMINI_TIMEOUT_SECONDS`) is over. Each failure is one line in the log with its reason.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, NamedTuple

from hub_config.settings import Settings

from .catalogue import Lab
from .errors import HintsOff, TooManyHints
from .gemini import hint_limits, make_gemini
from .hint_budgets import HintBudgets, HintRates
from .hint_ladder import HintSource, Rung
from .hint_plan import HintPlan, HintPlanner
from .hint_provider import HintFailure, HintProvider, HintUnavailable, HintUsage
from .hint_store import HintRecord, HintStore
from .hint_words import CUT, say_broke_off, say_budget, say_failed
from .rate_limits import CourseStorage
from .store import Store

OFF, AUTHOR, AI = "off", "author", "ai"

log = logging.getLogger(__name__)


class HintEvent(NamedTuple):
    """A server-sent event: `start`, `piece` or `end`."""

    name: str
    data: dict[str, Any]


@dataclass
class HintCounts:
    """What happened since the service's start, for metrics."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind (`hint`, `explain`) and source."""
    failures: Counter[str] = field(default_factory=Counter)
    """Of AI, by `HintFailure`."""
    refusals: Counter[str] = field(default_factory=Counter)
    """By the limit that was reached: `minute`, `learner`, `course`."""


@dataclass
class _Answer:
    """What has become of a request so far."""

    left: int
    note: str | None
    started: float = field(default_factory=monotonic)
    model: str | None = None
    ai_failure: HintFailure | None = None
    tokens: int | None = None
    is_by_ai: bool = False
    """True once AI has given the whole answer."""
    is_own: bool = False
    """True once the answer without AI was given."""
    pieces: list[str] = field(default_factory=list)
    is_kept: bool = False


class HintService:
    """Answers learners; one for the whole course."""

    def __init__(self, settings: Settings, store: Store, provider: HintProvider | None = None) -> None:
        has_key = settings.gemini_api_key is not None
        self.mode = AUTHOR if settings.hints == AI and not has_key else settings.hints
        self.counts = HintCounts()
        self.hints = HintStore(settings.course_db_url)
        self.budgets = HintBudgets(CourseStorage(settings.course_db_url), HintRates.of(settings))
        self._planner = HintPlanner(store, self.hints, has_ai=self.mode == AI)
        self._provider = provider or make_gemini(settings)
        self._limits = hint_limits(settings)

    def close(self) -> None:
        """Close the connections."""
        self.budgets.close()
        self.hints.close()

    async def take_turn(self, user: str, server: str) -> int:
        """Count a request; how many are left in this minute. Raises `HintsOff` and `TooManyHints`."""
        if self.mode == OFF:
            raise HintsOff()
        try:
            return await asyncio.to_thread(self.budgets.take_turn, user, server)
        except TooManyHints:
            self.counts.refusals["minute"] += 1
            raise

    async def describe(self, user: str, server: str, lab: Lab | None) -> dict[str, Any]:
        """What the learner may ask for, and what would come next on the lab."""
        left = await asyncio.to_thread(self.budgets.left, user, server)
        following = None
        if lab is not None and self.mode != OFF:
            plan = await asyncio.to_thread(self._planner.plan_hint, user, lab)
            following = _describe_ai(plan) if plan.write_prompt else _describe_rung(plan.rung)
        per_minute = self.budgets.rates.per_minute
        return {"hints": self.mode, "left": left, "per_minute": per_minute, "next": following}

    async def hint(self, user: str, lab: Lab, question: str | None, left: int) -> AsyncGenerator[HintEvent]:
        """A hint's events. Whoever stops early closes the generator; so with `explain`."""
        return self._give(await asyncio.to_thread(self._planner.plan_hint, user, lab, question), left)

    async def explain(self, user: str, lab: Lab, text: str, left: int) -> AsyncGenerator[HintEvent]:
        """An explanation's events."""
        return self._give(await asyncio.to_thread(self._planner.plan_explanation, user, lab, text), left)

    async def _give(self, plan: HintPlan, left: int) -> AsyncGenerator[HintEvent]:
        answer = _Answer(left, plan.note)
        try:
            async with aclosing(self._ask_ai(plan, answer)) as pieces:
                async for piece in pieces:
                    if not answer.pieces:
                        yield HintEvent("start", {**_describe_ai(plan), "left": left})
                    answer.pieces.append(piece)
                    yield HintEvent("piece", {"text": piece})
            if not answer.is_by_ai:
                text = plan.rung.text
                if answer.pieces:
                    text = f"\n\n---\n\n{text}"  # apart from what AI had begun
                else:
                    yield HintEvent("start", {**_describe_rung(plan.rung), "left": left})
                answer.pieces.append(text)
                answer.is_own = True
                yield HintEvent("piece", {"text": text})
            yield await self._end(plan, answer)
        finally:
            if not answer.is_kept:  # the reader has gone
                await self._keep(plan, answer)

    async def _ask_ai(self, plan: HintPlan, answer: _Answer) -> AsyncGenerator[str]:
        """The pieces of AI's answer, if it gives one; what came of it is in `answer`."""
        if plan.write_prompt is None:
            return
        used_up = await asyncio.to_thread(self.budgets.take_ai, plan.user)
        if used_up is not None:
            self.counts.refusals[used_up] += 1
            answer.note = say_budget(used_up)
            return
        answer.model = self._provider.name
        try:
            prompt = await asyncio.to_thread(plan.write_prompt)
            async with aclosing(self._provider.stream(prompt, self._limits)) as items:
                async for item in items:
                    if isinstance(item, HintUsage):
                        answer.is_by_ai = True
                        answer.tokens = item.tokens_in + item.tokens_out
                        answer.note = CUT if item.is_cut else None
                    else:
                        yield item
        except HintUnavailable as error:
            self._note_failure(plan, answer, error)
        except Exception as error:  # a fault of ours or of the SDK's is no reason to leave a learner alone
            log.exception("AI failed in a way that it should not")
            unknown = HintUnavailable(HintFailure.MALFORMED, type(error).__name__)
            self._note_failure(plan, answer, unknown)

    def _note_failure(self, plan: HintPlan, answer: _Answer, error: HintUnavailable) -> None:
        self.counts.failures[error.reason] += 1
        answer.ai_failure = error.reason
        answer.note = say_broke_off(error.reason) if answer.pieces else say_failed(error.reason)
        log.warning(
            "No %s by AI for %s on %s after %.1f s: %s: %s",
            *(plan.kind, plan.user, plan.lab),
            *(monotonic() - answer.started, error.reason, error.detail),
        )

    async def _end(self, plan: HintPlan, answer: _Answer) -> HintEvent:
        number = await self._keep(plan, answer)
        model = answer.model if answer.is_by_ai else None
        data = {"id": number, "source": _source(plan, answer), "note": answer.note, "model": model}
        return HintEvent("end", data)

    async def _keep(self, plan: HintPlan, answer: _Answer) -> int:
        answer.is_kept = True
        self.counts.answers[plan.kind, _source(plan, answer)] += 1
        record = HintRecord(
            user=plan.user,
            lab=plan.lab,
            kind=plan.kind,
            source=_source(plan, answer),
            answer="".join(answer.pieces),
            latency_ms=round((monotonic() - answer.started) * 1000),
            code=plan.rung.code,
            ladder_step=plan.rung.position if answer.is_own else None,
            question=plan.question,
            model=answer.model,
            ai_failure=answer.ai_failure,
            tokens=answer.tokens,
        )
        return await asyncio.to_thread(self.hints.add, record)


def _source(plan: HintPlan, answer: _Answer) -> HintSource:
    is_ais = answer.model is not None and not answer.is_own
    return HintSource.AI if is_ais else plan.rung.source


def _describe_rung(rung: Rung) -> dict[str, Any]:
    return {
        "source": rung.source,
        "code": rung.code,
        "step": rung.step,
        "steps": rung.steps,
        "is_last": rung.is_last,
    }


def _describe_ai(plan: HintPlan) -> dict[str, Any]:
    """As `_describe_rung` does: of an answer by AI, which can be asked for again and again."""
    ai = Rung(HintSource.AI, "", plan.rung.code)
    return _describe_rung(ai)
