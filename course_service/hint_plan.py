"""How a request for a hint or an explanation is answered: what without AI, and whether AI is asked first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .catalogue import Lab
from .hint_context import write_prompt
from .hint_ladder import HintSource, Rung, build_ladder, describe_explanations, next_rung
from .hint_prompt import HintPrompt, HintTask
from .hint_store import HintStore, LatestAttempt
from .hint_words import NO_QUESTIONS, PASSED, UNKNOWN_ERROR, say_no_attempt
from .log_explanations import explain_log
from .store import Store

HINT, EXPLAIN = "hint", "explain"


@dataclass(frozen=True)
class HintPlan:
    """What was asked, and what is to be answered."""

    user: str
    lab: str
    kind: str
    question: str | None
    rung: Rung
    """The answer without AI."""
    write_prompt: Callable[[], HintPrompt] | None = None
    """What AI is to be asked; None where it is not asked. It reads files, so it belongs in a thread."""
    note: str | None = None
    """What the learner is told beside the answer."""


class HintPlanner:
    """Finds out what a request is about. Every method asks the database, so it belongs in a thread."""

    def __init__(self, store: Store, hints: HintStore, *, has_ai: bool) -> None:
        self.has_ai = has_ai
        self._store = store
        self._hints = hints

    def plan_hint(self, user: str, lab: Lab, question: str | None = None) -> HintPlan:
        """A hint about the learner's latest attempt; a `question` goes straight to AI."""
        latest = self._hints.find_latest(user, lab.slug)
        rung, is_more_wanted = self._climb(lab, latest)

        def prompt() -> HintPrompt:
            return write_prompt(self._store, HintTask.HINT, lab, latest, question=question or "")

        is_ai_asked = self.has_ai and (is_more_wanted or question is not None)
        note = NO_QUESTIONS if question is not None and not self.has_ai else None
        return HintPlan(user, lab.slug, HINT, question, rung, prompt if is_ai_asked else None, note)

    def plan_explanation(self, user: str, lab: Lab, text: str) -> HintPlan:
        """An explanation of an error or a piece of a Dockerfile or log."""
        explanations = explain_log(text.splitlines())
        words = describe_explanations(explanations) if explanations else UNKNOWN_ERROR
        rung = Rung(HintSource.JUDGE, words)

        def prompt() -> HintPrompt:
            latest = self._hints.find_latest(user, lab.slug)
            return write_prompt(self._store, HintTask.EXPLAIN, lab, latest, log=text)

        is_ai_asked = self.has_ai and (not explanations or self._hints.was_explained(user, lab.slug, text))
        return HintPlan(user, lab.slug, EXPLAIN, text, rung, prompt if is_ai_asked else None)

    def _climb(self, lab: Lab, latest: LatestAttempt | None) -> tuple[Rung, bool]:
        """The next rung, or the last again; and whether the learner has seen all of them."""
        if latest is None:
            first_check = lab.description.checks[0].title
            return Rung(HintSource.AUTHOR, say_no_attempt(first_check)), False
        if latest.has_passed:
            return Rung(HintSource.AUTHOR, PASSED), False
        failure = latest.attempt.failures[0]
        texts = lab.description.find_hints(failure.code, failure.hint)
        ladder = build_ladder(latest.attempt, texts, has_ai=self.has_ai)
        following = next_rung(ladder, latest.shown)
        return following or ladder[-1], following is None
