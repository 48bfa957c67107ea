"""Who holds a place for a session, who waits for one, in which order and about how long. Pure."""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

SHORTEST_SECONDS = 60
"""What ends sooner was no session: a start that failed, a learner who changed their mind."""

_REMEMBERED = 20


@dataclass
class SessionQueue:
    """Places for sessions. Times are seconds of one clock, given by the caller.

    First come, first served; who may go ahead comes before all who may not. Nobody has two places, waits
    twice, or waits with a place, however often they ask.
    """

    places: int
    usual_seconds: float
    """How long a session is taken to last before any has ended."""
    _since: dict[str, float] = field(default_factory=dict)
    _ahead: list[str] = field(default_factory=list)
    _others: list[str] = field(default_factory=list)
    _lengths: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    @property
    def holders(self) -> tuple[str, ...]:
        """Who holds a place."""
        return tuple(self._since)

    @property
    def line(self) -> tuple[str, ...]:
        """Who waits, the next one first."""
        return (*self._ahead, *self._others)

    def ask(self, name: str, now: float, *, may_go_ahead: bool = False) -> bool:
        """Whether `name` holds a place now; else they are in the line, at the end unless they were before."""
        if name not in self._since and name not in self.line:
            (self._ahead if may_go_ahead else self._others).append(name)
            self._let_in(now)
        return name in self._since

    def keep(self, name: str, since: float) -> None:
        """Count a session that runs already, also where it is one too many."""
        self._leave_line(name)
        self._since[name] = since

    def leave(self, name: str, now: float) -> None:
        """Give the place back, or leave the line; who is next is let in."""
        self._leave_line(name)
        since = self._since.pop(name, None)
        if since is not None and now - since >= SHORTEST_SECONDS:
            self._lengths.append(now - since)
        self._let_in(now)

    def position(self, name: str) -> int | None:
        """1 for who is next, None for who does not wait."""
        line = self.line
        return line.index(name) + 1 if name in line else None

    def wait_seconds(self, position: int, now: float) -> float:
        """How long until whoever is at `position` of the line is let in, if sessions last as those before."""
        ends = [max(now, since + self._usual_length(now - since)) for since in self._since.values()]
        heapq.heapify(ends)
        for _ in range(len(ends) - self.places):  # more run than there are places: nobody follows these
            heapq.heappop(ends)
        for _ in range(position - 1):
            heapq.heapreplace(ends, ends[0] + self._usual_length(0))
        return ends[0] - now if ends else 0

    def _usual_length(self, age: float) -> float:
        """Of a session that is `age` old: the middle one of the recent lengths that are longer, or `age`."""
        lengths: Iterable[float] = self._lengths or (self.usual_seconds,)
        return median([length for length in lengths if length > age] or [age])

    def _let_in(self, now: float) -> None:
        while len(self._since) < self.places and (line := self._ahead or self._others):
            self._since[line.pop(0)] = now

    def _leave_line(self, name: str) -> None:
        for line in (self._ahead, self._others):
            if name in line:
                line.remove(name)


def describe_wait(position: int, seconds: float) -> str:
    """The sentence for who waits.

    >>> describe_wait(3, 700)
    'You are 3rd in line; about 12 minutes.'
    """
    minutes = math.ceil(seconds / 60)
    duration = f"about {minutes} minutes" if minutes > 1 else "about a minute"
    return f"You are {_ordinal(position)} in line; {duration}."


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
