"""What an AI is asked for a hint, what it gives, and the ways in which it can fail.

The rest of the service knows a provider by this file alone. Lab work never waits for one: whoever asks has
an answer without AI at hand, and gives that whenever `HintUnavailable` is raised.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .errors import CourseError
from .hint_prompt import HintPrompt


class HintFailure(StrEnum):
    """Why there is no hint by AI: one word for the log and for a metric's label."""

    NO_KEY = "no_key"
    WRONG_KEY = "wrong_key"
    REFUSED = "refused"
    """The model's safety filter, of what was asked or of what it was about to answer."""
    RATE_LIMITED = "rate_limited"
    BAD_REQUEST = "bad_request"
    """The request is not accepted as it is; most often the model's name is no longer one."""
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    EMPTY = "empty"
    MALFORMED = "malformed"
    NO_NETWORK = "no_network"
    """Not reached, or the connection broke before the answer was whole."""


class HintUnavailable(CourseError):
    """There is no hint by AI, or no more of one.

    `detail` is a line for the log, never for learners, and holds no key. `retry_after` is in seconds, where
    the provider named a time.
    """

    def __init__(self, reason: HintFailure, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True)
class HintLimits:
    """What one answer may cost."""

    temperature: float = 0.7
    output_tokens: int = 512
    seconds: float = 20.0
    """For the whole answer, from the first byte asked to the last one given."""

    @property
    def characters(self) -> int:
        """The longest text that is passed on, whatever the provider counts as a token."""
        return 16 * self.output_tokens


@dataclass(frozen=True)
class HintUsage:
    """The end of an answer."""

    tokens_in: int
    tokens_out: int
    """All that is paid for as output, the model's thoughts among it."""
    is_cut: bool
    """True where the answer broke off at one of the limits."""


class HintProvider(Protocol):
    """One AI. A provider holds no connection between answers, so there is nothing to close."""

    @property
    def name(self) -> str:
        """What answers are attributed to, such as the model's name."""

    def stream(self, prompt: HintPrompt, limits: HintLimits) -> AsyncGenerator[str | HintUsage]:
        """The answer in pieces as they come, none of them empty, and as the last item a `HintUsage`.

        Whoever stops early closes the generator (``contextlib.aclosing``), and the request ends with it.
        Raises `HintUnavailable`, even after some pieces: those are then not a whole answer.
        """
