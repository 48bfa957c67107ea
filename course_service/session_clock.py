"""When a session ends. Pure: values in, values out; nobody else computes a deadline.

A session's deadline is the hub's own start time and the minutes that it was given. What learners see and what
ends sessions read this one value, so they cannot disagree; nothing that a session says has a part in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub_config.settings import Settings

from .errors import ExtensionRefused

WARNING_MINUTES = (10, 5, 1)
"""How many minutes before the end a learner is warned."""

_START_ANEW = "Your files are kept: when it has ended, start a new one."


@dataclass(frozen=True)
class ClockPolicy:
    """How long sessions are, and how often a learner may have more."""

    length: timedelta
    extension: timedelta
    extensions: int
    longest: timedelta
    """What no session outlives, whoever extends it."""

    @classmethod
    def of(cls, settings: Settings) -> ClockPolicy:
        """What the operator has set."""
        return cls(
            length=timedelta(minutes=settings.session_minutes),
            extension=timedelta(minutes=settings.extension_minutes),
            extensions=settings.session_extensions,
            longest=timedelta(minutes=settings.longest_session_minutes),
        )


@dataclass(frozen=True)
class SessionClock:
    """One session's clock; `started_at` is the hub's, `length` has the extensions in it."""

    started_at: datetime
    length: timedelta
    extensions: int = 0
    """How often the learner has extended it."""

    @property
    def deadline(self) -> datetime:
        """When it ends."""
        return self.started_at + self.length

    def time_left(self, now: datetime) -> timedelta:
        """What is left of it; nothing once it is over."""
        return max(self.deadline - now, timedelta())

    def is_over(self, now: datetime) -> bool:
        """True from the deadline on."""
        return now >= self.deadline

    def find_warning(self, now: datetime) -> int | None:
        """Which of `WARNING_MINUTES` holds now, the shortest; None where there is still time.

        >>> from datetime import UTC
        >>> start = datetime(2026, 1, 1, 10, tzinfo=UTC)
        >>> SessionClock(start, timedelta(minutes=30)).find_warning(start + timedelta(minutes=26))
        5
        """
        left = self.time_left(now)
        reached = [warning for warning in WARNING_MINUTES if left <= timedelta(minutes=warning)]
        return min(reached, default=None)

    def extensions_left(self, policy: ClockPolicy) -> int:
        """How often the learner may still extend it."""
        return max(policy.extensions - self.extensions, 0)

    def extend(self, policy: ClockPolicy, now: datetime, waiting: int = 0) -> SessionClock:
        """The clock as a learner may have it extended while `waiting` others wait for a place.

        Raises `ExtensionRefused`.
        """
        if not self.extensions_left(policy):
            times = {0: "Sessions of this course cannot be extended.", 1: "A session can be extended once."}
            rule = times.get(policy.extensions, f"A session can be extended {policy.extensions} times.")
            raise ExtensionRefused(f"{rule} {_START_ANEW}")
        longer = self._lengthen(policy, now)
        if waiting:
            who = f"{waiting} learners wait" if waiting > 1 else "Another learner waits"
            reason = f"{who} for a place, so this session cannot be extended now."
            raise ExtensionRefused(f"{reason} {_START_ANEW}")
        return replace(longer, extensions=self.extensions + 1)

    def extend_by_staff(self, policy: ClockPolicy, now: datetime) -> SessionClock:
        """The clock as course staff may have it extended, again and again. Raises `ExtensionRefused`."""
        return self._lengthen(policy, now)

    def _lengthen(self, policy: ClockPolicy, now: datetime) -> SessionClock:
        if self.is_over(now):
            raise ExtensionRefused("This session's time is up. Its files are kept: start a new session.")
        length = self.length + policy.extension
        if length > policy.longest:
            minutes = policy.longest / timedelta(minutes=1)
            raise ExtensionRefused(f"No session lasts longer than {minutes:g} minutes.")
        return replace(self, length=length)
