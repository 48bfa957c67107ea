"""When a learner's visit to their home page begins, and since when something is news to them. Pure.

A visit ends when the page has not been seen for `VISIT_GAP`. Whoever looks again sooner, on whatever device,
goes on with the same visit: a reload loses no news, and a page that is left open has not been seen since it
was hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

VISIT_GAP = timedelta(minutes=30)


@dataclass(frozen=True)
class HomeVisit:
    """What is known of a learner's visits; a learner of whom nothing is known has never come."""

    seen_at: datetime | None = None
    """When they last saw the page."""
    news_since: datetime | None = None
    """When the visit before this one ended; None in the first."""

    def go_on(self, now: datetime) -> HomeVisit:
        """The page is seen now: the same visit, or the next."""
        if self.seen_at is None or now - self.seen_at <= VISIT_GAP:
            return HomeVisit(now, self.news_since)
        return HomeVisit(now, self.seen_at)
