"""What learners are told where there is no hint to give, and why there is none by AI."""

from __future__ import annotations

from .hint_budgets import DayBudget
from .hint_provider import HintFailure

PASSED = "You have passed this lab: its solution is open to you, with an explanation."
UNKNOWN_ERROR = (
    "This is no message that the course knows. Read it from its end: the last lines name what failed, and "
    "the first line with `ERROR`, or the last line of a traceback, names why. If it quotes a line of your "
    "Dockerfile, begin there: run that very command in a terminal of your session, or in "
    "`docker run -it IMAGE sh`, and change one thing at a time."
)

_FAILURES = {
    HintFailure.TIMEOUT: "The AI did not answer in time",
    HintFailure.REFUSED: "The AI would not answer this",
    HintFailure.RATE_LIMITED: "The AI has too much to do right now",
}
_UNAVAILABLE = "The AI cannot be asked right now"
_BUDGETS = {
    DayBudget.LEARNER: "You have used up your hints by AI for today",
    DayBudget.COURSE: "The course has used up its hints by AI for today",
}
_INSTEAD = ", so this is the course's own explanation."


def say_no_attempt(first_check: str) -> str:
    """For who has not pressed Check yet."""
    return (
        "Press **Check** first: a hint is about what your own files still lack. "
        f"The first thing that is looked at: {first_check}."
    )


def say_failed(reason: HintFailure) -> str:
    """Why it was not AI that answered."""
    return _FAILURES.get(reason, _UNAVAILABLE) + _INSTEAD


def say_budget(budget: DayBudget) -> str:
    """Why AI was not asked."""
    return _BUDGETS[budget] + _INSTEAD


NO_QUESTIONS = "This course answers no questions in words" + _INSTEAD
CUT = "The AI's answer reached its longest length and was cut."


def say_broke_off(reason: HintFailure) -> str:
    """Why an answer that AI had begun is followed by another."""
    return f"The AI's answer broke off. {say_failed(reason)}"
