"""A line of the table of faults while it is filled in."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.claims_table import Claim, ClaimsTable

from .classroom import Classroom
from .fault import NOTHING, Fault
from .learner import Learner

TABLE = ClaimsTable("faults", ("killed", "while", "lost", "left"), "faults mended")
UNKNOWN = "?"
BACK = "a new session"


class Row:
    """Of one fault: what its learner had saved, and what was there before it."""

    def __init__(self, claim: Claim, fault: Fault, classroom: Classroom, learner: Learner) -> None:
        self.learner = learner
        self._claim = claim
        self._fault = fault
        self._classroom = classroom
        self._before = classroom.inventory()
        self._killed = 0.0

    def kill(self, *parts: str) -> None:
        """Kill parts of the course, and return when they are there again."""
        pids = self._classroom.pids(*parts)
        self.killed()
        self._classroom.kill(*parts)
        self._classroom.wait_until_whole(pids)

    def killed(self) -> None:
        """Seconds to recover count from here."""
        self._killed = time.monotonic()

    def end(self, seen: str) -> None:
        """The learner is back: fails where a saved file is lost, or something left that nobody owns."""
        self._claim.seconds = time.monotonic() - self._killed
        self._claim.seen = seen
        lost, left = self.learner.lost(), self._classroom.left(self._before)
        self._claim.cells = (
            *self._claim.cells[:2],
            f"FILES: {', '.join(lost)}" if lost else self._fault.lost,
            ", ".join(left) or NOTHING,
        )
        assert lost == []
        assert left == []


Begin = Callable[[Fault, str], Row]
"""Begins a fault's line, with a learner of this name."""
