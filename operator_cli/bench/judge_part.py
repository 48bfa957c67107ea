"""The judge on lab1's solution, against the same build, run and request by hand in an open session."""

from __future__ import annotations

from ..judging import judging
from .figures import Readings, ratio
from .ground import Ground
from .judge_runs import LAB, JudgeBench
from .part import PartResult


def measure_judge(ground: Ground, runs: int) -> PartResult:
    """Both ways, `runs` times in turn. Raises `OperatorError`, and of ``spawner.errors``."""
    settings, progress = ground.settings, ground.progress
    with judging(settings, progress), progress.step(f"Judging {LAB} and building it by hand, {runs} times"):
        measured = JudgeBench(settings, progress).measure(runs)
    judge, by_hand = Readings(measured.judge_seconds), Readings(measured.hand_seconds)
    steps = {
        f"judge_{name.lower().replace(' ', '_')}": Readings(times) for name, times in measured.steps.items()
    }
    return PartResult(
        {"judge_ratio": ratio(judge.median, by_hand.median)}, {"judge": judge, "by_hand": by_hand, **steps}
    )
