"""When to start again what has ended by itself, and when to give up. Pure: clock and process are others'."""

from __future__ import annotations

from dataclasses import dataclass

QUICK_SECONDS = 30
"""What ends so soon after its start has not worked at all."""

MOST_QUICK_ENDS = 5
_FIRST_DELAY_SECONDS = 1.0


@dataclass
class Restarts:
    """Of one program. It is started at once, unless it ended quickly: then after 1, 2, 4 … seconds."""

    quick_ends: int = 0
    """In a row."""

    def delay_seconds(self, lasted_seconds: float) -> float | None:
        """How long to wait before the next start, now that it has ended; None to give up.

        >>> restarts = Restarts()
        >>> [restarts.delay_seconds(lasted) for lasted in (3600, 1, 1, 3600, 1)]
        [0.0, 1.0, 2.0, 0.0, 1.0]
        """
        if lasted_seconds >= QUICK_SECONDS:
            self.quick_ends = 0
            return 0.0
        self.quick_ends += 1
        if self.quick_ends >= MOST_QUICK_ENDS:
            return None
        return float(_FIRST_DELAY_SECONDS * 2 ** (self.quick_ends - 1))
