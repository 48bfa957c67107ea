"""How busy a sandbox is, as the machine's engine counts it: nothing has to start inside for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

_ROOM = 16
"""Processes that a command of the judge's may need to start; a program's threads count like processes."""
_CROWD = 100
"""A sandbox whose engine runs nothing has some 40, and one with a small web app some 60."""
_MOST_THROTTLED = 0.8


@dataclass(frozen=True)
class SandboxLoad:
    """One look at a sandbox, a second long."""

    processes: int
    most_processes: int
    throttled: float
    """The part of the kernel's periods in which it was held back, because it had used up its processor."""

    @classmethod
    def from_stats(cls, stats: Mapping[str, Any]) -> Self:
        """From what the engine's ``GET /containers/{id}/stats?stream=false`` answers.

        A container that has ended has no counts; its load is nothing.
        """
        pids = stats.get("pids_stats") or {}
        periods, held_back = (
            _counter(stats, "cpu_stats", name) - _counter(stats, "precpu_stats", name)
            for name in ("periods", "throttled_periods")
        )
        return cls(
            processes=int(pids.get("current", 0)),
            most_processes=int(pids.get("limit", 0)),
            throttled=held_back / periods if periods > 0 else 0.0,
        )

    @property
    def leaves_no_room(self) -> bool:
        """True where nothing else can start, or so many ask for the processor that nothing else gets on."""
        if self.processes == 0:
            return False
        is_full = 0 < self.most_processes <= self.processes + _ROOM
        return is_full or (self.processes >= _CROWD and self.throttled >= _MOST_THROTTLED)


def _counter(stats: Mapping[str, Any], moment: str, name: str) -> int:
    throttling = (stats.get(moment) or {}).get("throttling_data") or {}
    return int(throttling.get(name, 0))
