"""What is made of several readings of one thing: median, 95th percentile, ratio."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MOST_SHOWN = 100


@dataclass(frozen=True)
class Readings:
    """Readings of one thing, in the order in which they were taken; `unit` is "s" or "MB"."""

    values: Sequence[float]
    unit: str = "s"

    @property
    def median(self) -> float:
        """The middle one. Raises `statistics.StatisticsError` where there is none."""
        return statistics.median(self.values)

    @property
    def p95(self) -> float:
        """The 95th percentile; of fewer than 20 readings the largest."""
        return percentile(self.values, 95)

    def as_json(self) -> dict[str, Any]:
        """As the report has it; of very many readings without each of them."""
        return {
            "median": round(self.median, 3),
            "p95": round(self.p95, 3),
            "unit": self.unit,
            "readings": len(self.values),
            "values": [round(value, 3) for value in self.values] if len(self.values) <= _MOST_SHOWN else [],
        }


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of 100 are not above ("nearest rank").

    >>> percentile([3, 1, 2, 4], 50)
    2
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def ratio(ours: float, others: float) -> float:
    """How many times the other's ours is."""
    return round(ours / others, 3)
