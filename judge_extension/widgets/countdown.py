"""The session's time as a learner sees it: pure, the course service's values in, words out.

The service says when the session ends and what time it is there; from then on what has passed is counted
here, by a clock that only ever runs forward. Nobody's wall clock has a part in it, and nothing here ends a
session.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from judge_extension.widgets.rendering import render_notice, render_time_left


@dataclass(frozen=True)
class Countdown:
    """One answer of the service, and when it came by the process's own monotonic clock, in seconds."""

    seconds_left: float
    warnings: tuple[int, ...]
    extensions_left: int
    extension_minutes: float
    answered_at: float

    @classmethod
    def of(cls, answer: dict[str, Any], answered_at: float) -> Countdown | None:
        """What `api/session` answered; None where it cannot be read."""
        try:
            left = datetime.fromisoformat(answer["expires_at"]) - datetime.fromisoformat(answer["now"])
            return cls(
                seconds_left=left.total_seconds(),
                warnings=tuple(sorted(int(minutes) for minutes in answer["warnings"])),
                extensions_left=int(answer["extensions_left"]),
                extension_minutes=float(answer["extension_minutes"]),
                answered_at=answered_at,
            )
        except (KeyError, TypeError, ValueError):
            return None

    def left(self, now: float) -> float:
        """Seconds until the end."""
        return max(self.seconds_left - (now - self.answered_at), 0.0)

    def render(self, now: float) -> str:
        """A quiet line; from the first warning on a notice, which screen readers read out."""
        left = self.left(now)
        words = say_time(left)
        due = [minutes for minutes in self.warnings if left <= minutes * 60]
        if not due:
            return render_time_left(f"{words} left in this session.")
        advice = "Save your work: everything in /workspace is kept, and you can start a new session."
        title = f"{words} left in this session." if left else "This session is ending."
        return render_notice(title, advice, "warn" if due[0] <= 5 else "info")


def say_time(seconds: float) -> str:
    """As coarse as it can be read at a glance.

    >>> [say_time(one) for one in (1740, 61, 59.5, 1, 0)]
    ['29 minutes', '2 minutes', '60 seconds', '10 seconds', 'No time']
    """
    if seconds > 60:
        return f"{-(-seconds // 60):.0f} minutes"
    return f"{-(-seconds // 10) * 10:.0f} seconds" if seconds > 0 else "No time"
