"""What the course's agent offers and answers, as values. No widgets here: its JSON in, plain fields out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MINUTE = 60.0
BROKE_OFF = "The answer broke off here. Ask again in a moment."


class HintMode(StrEnum):
    """Who may answer in this course."""

    AUTHOR = "author"
    AI = "ai"


@dataclass(frozen=True)
class HintOffer:
    """What the agent would answer next, and how often it may still be asked, known at `known_at`.

    `known_at` and `opens_at` are seconds of the process's own clock.
    """

    mode: HintMode
    left: int
    per_minute: int
    step: int | None
    steps: int | None
    known_at: float
    opens_at: float = 0.0
    """When it may be asked again, where it has refused."""

    @classmethod
    def of(cls, answer: dict[str, Any], now: float) -> HintOffer | None:
        """What `api/agent` answered; None where hints are off, or it cannot be read."""
        following = answer.get("next")
        following = following if isinstance(following, dict) else {}
        left, per_minute = answer.get("left"), answer.get("per_minute")
        if (
            answer.get("hints") not in set(HintMode)
            or not isinstance(left, int)
            or not isinstance(per_minute, int)
        ):
            return None
        step, steps = _step(following)
        return cls(HintMode(answer["hints"]), left, per_minute, step, steps, now)

    @property
    def label(self) -> str:
        return f"Hint {self.step} of {self.steps}" if self.step and self.steps else "Hint"

    def left_at(self, now: float) -> int:
        """How many more in this minute; a minute after the last is another one."""
        if now >= self.known_at + MINUTE:
            return self.per_minute
        return max(self.left, 1 if 0 < self.opens_at <= now else 0)

    def wait_at(self, now: float) -> float:
        """Seconds until it may be asked again."""
        return max(self.opens_at - now, 0.0)

    def changes_at(self) -> float:
        """From when on something else is true; in the past where all are left."""
        return max(self.opens_at, self.known_at + MINUTE if self.left < self.per_minute else 0.0)


@dataclass
class HintAnswer:
    """An answer while it is written."""

    source: str = ""
    step: int | None = None
    steps: int | None = None
    left: int | None = None
    is_last: bool = False
    """Asking again gives nothing else."""
    text: str = ""
    instead: str = ""
    """What another source, `instead_source`, has said in the place of an answer that broke off."""
    instead_source: str = ""
    note: str = ""
    model: str = ""
    is_whole: bool = False
    _last_piece: str = ""

    def take(self, name: str, event: dict[str, Any]) -> None:
        """One event of the stream; what is not as it should be is passed over."""
        match name:
            case "start":
                self.source = str(event.get("source") or "")
                self.step, self.steps = _step(event)
                self.left = event["left"] if isinstance(event.get("left"), int) else None
                self.is_last = event.get("is_last") is True
            case "piece" if isinstance(event.get("text"), str):
                self.text += event["text"]
                self._last_piece = event["text"]
            case "end":
                self.note, self.model, source = (
                    str(event.get(key) or "") for key in ("note", "model", "source")
                )
                self.is_whole = True
                if source not in ("", self.source):
                    self.text = self.text.removesuffix(self._last_piece)
                    self.instead, self.instead_source = self._last_piece, source

    def end(self) -> None:
        """The stream has ended, well or not."""
        if not self.is_whole:
            self.note, self.is_whole = BROKE_OFF, True


def _step(event: dict[str, Any]) -> tuple[int | None, int | None]:
    step, steps = event.get("step"), event.get("steps")
    return (step, steps) if isinstance(step, int) and isinstance(steps, int) else (None, None)
