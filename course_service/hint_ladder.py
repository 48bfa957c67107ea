"""What a learner is told next about what failed: the author's hints from nudge to near-answer, then what is
known of the log, then AI. Pure.

A ladder is about one failure code. It is never empty, and what stands on it needs no network: whoever asks
for more than it has gets AI where there is one, and else its last rung again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .explanations.entry import Explanation
from .log_explanations import explain_log
from .verdict import FailureCode


class HintSource(StrEnum):
    """Who answers."""

    AUTHOR = "author"
    JUDGE = "judge"
    AI = "ai"


@dataclass(frozen=True)
class FailedCheck:
    """A failure as the learner was told it."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class FailedAttempt:
    """The learner's latest graded attempt, as far as hints are about it."""

    failures: tuple[FailedCheck, ...]
    log: tuple[str, ...] = ()
    """Lines of the build's log, then of the container's."""


@dataclass(frozen=True)
class Rung:
    """One answer."""

    source: HintSource
    text: str
    """Markdown."""
    code: str | None = None
    step: int | None = None
    """Of an author's hint: which of `steps` it is, from 1 on."""
    steps: int | None = None
    position: int | None = None
    """Where it stands on the ladder, from 1 on; None for what is on none."""
    is_last: bool = False
    """True where asking again gives nothing else."""


def build_ladder(attempt: FailedAttempt, author_hints: Sequence[str], *, has_ai: bool) -> tuple[Rung, ...]:
    """The rungs for the attempt's first failure; `author_hints` are the lab's own for its code.

    Where the lab has none, the hint that came with the verdict is the author's.
    """
    failure = attempt.failures[0]
    texts = tuple(author_hints) or (failure.hint,)
    rungs = [
        Rung(HintSource.AUTHOR, text, failure.code, step, len(texts), step)
        for step, text in enumerate(texts, start=1)
    ]
    explanations = explain_log([*attempt.log, failure.message], _known_code(failure.code))
    if explanations:
        text = describe_explanations(explanations)
        rungs.append(Rung(HintSource.JUDGE, text, failure.code, position=len(rungs) + 1))
    rungs[-1] = replace(rungs[-1], is_last=not has_ai)
    return tuple(rungs)


def next_rung(ladder: Sequence[Rung], shown: int) -> Rung | None:
    """The rung above the `shown` ones; None where that would be AI."""
    return ladder[shown] if shown < len(ladder) else None


def seen_since(attempts: Sequence[tuple[datetime, frozenset[str]]], code: str) -> datetime | None:
    """Since when `code` is among what fails, without a break up to the latest attempt.

    `attempts` are the graded ones with their codes, the newest first. None where the latest has not got it.
    """
    since = None
    for finished_at, codes in attempts:
        if code not in codes:
            break
        since = finished_at
    return since


def describe_explanations(explanations: Sequence[Explanation]) -> str:
    """Explanations in Markdown. The line of the log is an indented block, which nothing in it can end."""
    return "\n\n".join(_explanation_lines(explanations))


def _explanation_lines(explanations: Sequence[Explanation]) -> Iterator[str]:
    for explanation in explanations:
        yield f"    {explanation.line.strip()}"
        yield explanation.cause
        yield f"**Next:** {explanation.next_step}"


def _known_code(code: str) -> FailureCode | None:
    # A stored attempt may be older than the list of codes.
    return FailureCode(code) if code in set(FailureCode) else None
