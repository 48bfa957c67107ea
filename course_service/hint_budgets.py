"""How many hints may be asked for: a session's in a minute, a learner's and the course's by AI in a day.

The minute's limit refuses; a day's budget that is used up only means that AI is not asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from limits import RateLimitItemPerDay, RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from hub_config.settings import Settings

from .errors import TooManyHints
from .rate_limits import CourseStorage, now_utc


class DayBudget(StrEnum):
    """Which budget of AI is used up."""

    LEARNER = "learner"
    COURSE = "course"


@dataclass(frozen=True)
class HintRates:
    """The limits, as the operator set them."""

    per_minute: int = 5
    ai_per_day: int = 40
    ai_per_course_day: int = 1000

    @classmethod
    def of(cls, settings: Settings) -> HintRates:
        return cls(settings.hints_per_minute, settings.ai_hints_per_day, settings.ai_hints_per_course_day)


class HintBudgets:
    """Counts requests; every method asks the database, so it belongs in a thread."""

    def __init__(self, storage: CourseStorage, rates: HintRates) -> None:
        self.rates = rates
        self._storage = storage
        self._limiter = FixedWindowRateLimiter(storage)
        self._minute = RateLimitItemPerMinute(rates.per_minute, namespace="hints")
        self._day = RateLimitItemPerDay(rates.ai_per_day, namespace="ai-hints")
        self._course_day = RateLimitItemPerDay(rates.ai_per_course_day, namespace="ai-hints-of-all")
        storage.forget_past()

    def close(self) -> None:
        """Close the connections."""
        self._storage.close()

    def take_turn(self, user: str, server: str) -> int:
        """Count a request of the learner's server; how many are left in its minute.

        Raises `TooManyHints`.
        """
        if not self._limiter.hit(self._minute, user, server):
            reset_time = self._limiter.get_window_stats(self._minute, user, server).reset_time
            seconds = math.ceil(reset_time - now_utc().timestamp())
            raise TooManyHints(self.rates.per_minute, max(1, seconds))
        return self.left(user, server)

    def left(self, user: str, server: str) -> int:
        """How many requests the learner's server has left in its minute."""
        return self._limiter.get_window_stats(self._minute, user, server).remaining

    def take_ai(self, user: str) -> DayBudget | None:
        """Count an answer by AI; or which budget has none left."""
        # Looked at first: who asks when the course's is used up should not lose of their own.
        if not self._limiter.test(self._course_day):
            return DayBudget.COURSE
        if not self._limiter.hit(self._day, user):
            return DayBudget.LEARNER
        return None if self._limiter.hit(self._course_day) else DayBudget.COURSE
