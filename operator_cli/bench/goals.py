"""What is promised of speed and size, and whether a run keeps it.

Promises are ratios to the plain way in the same run, as far as they can be: seconds differ from machine to
machine and from hour to hour. A check of a busy machine (CI) leaves room, and looks at no seconds at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A figure of the report, by its place in it, and what it may be at most.

    `most_in_check` is with room for a busy machine; None for seconds, which a check leaves alone.
    """

    figure: str
    words: str
    most: float
    most_in_check: float | None


GOALS = (
    Goal("warm_start_ratio", "warm start, of a plain start", 1 / 6, 1 / 3),
    Goal("warm_start_p95", "warm start, 95 of 100 within seconds", 1.0, None),
    Goal("cold_start_ratio", "cold start with the engine up, of a plain start", 0.6, 0.9),
    Goal("image_growth_ratio", "start with more lab images, of one without", 1.1, 1.65),
    Goal("session_disk_mb", "disk of a session, MB", 10, 15),
    Goal("image_growth_disk_mb", "disk of a session with the most lab images, MB", 10, 15),
    Goal("judge_ratio", "judge of lab1, of the same by hand", 1.2, 1.8),
    Goal("idle_memory_ratio", "memory of an idle session, of a server alone", 1.5, 2.25),
    Goal("storm.failed", "starts that failed in a storm", 0, 0),
    Goal("storm.hub_api_p95", "the hub's API in a storm, 95 of 100 within seconds", 0.5, None),
)


@dataclass(frozen=True)
class Verdict:
    """What a run makes of a goal."""

    goal: Goal
    seen: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether the figure is within what it may be."""
        return self.seen <= self.most

    def as_json(self) -> dict[str, Any]:
        """As the report has it."""
        return {
            "figure": self.goal.figure,
            "what": self.goal.words,
            "most": round(self.most, 3),
            "seen": self.seen,
            "holds": self.holds,
        }


def judge_figures(figures: Mapping[str, Any], *, is_check: bool) -> list[Verdict]:
    """A verdict for each goal whose figure was measured."""
    verdicts = []
    for goal in GOALS:
        most = goal.most_in_check if is_check else goal.most
        seen = _find(figures, goal.figure)
        if seen is not None and most is not None:
            verdicts.append(Verdict(goal, seen, most))
    return verdicts


def _find(figures: Mapping[str, Any], place: str) -> float | None:
    found: Any = figures
    for name in place.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return None if found is None else float(found)
