"""`containrlab bench`: what we do against the plain way of doing it, in turn, in one run, on this machine."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from hub_config.settings import load_settings

from .judge_bench import GOAL, LAB, JudgeBench
from .judging import judging, require_images
from .progress import Progress

EXIT_GOAL_MISSED = 1


@click.group()
def bench() -> None:
    """Measure speed as a ratio against the plain way, both in one run.

    Seconds differ from machine to machine and hour to hour; the ratio is what to compare.
    """


@bench.command()
@click.option("--runs", default=5, show_default=True, type=click.IntRange(1, 100), help="How often each way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.pass_context
def judge(ctx: click.Context, runs: int, as_json: bool) -> None:
    """The judge on lab1's solution, against the same build, run and request by hand.

    By hand means in an open session of the same limits, by docker build, docker run and curl. Exit code 0:
    the judge takes at most 1.2 times as long; 1: it takes longer; 2: usage or environment.
    """
    settings = load_settings()
    progress = Progress()
    require_images(settings)
    with judging(settings, progress), progress.step(f"Judging {LAB} and building it by hand, {runs} times"):
        measured = JudgeBench(settings, progress).measure(runs)
    ratio = round(statistics.median(measured.judge_seconds) / statistics.median(measured.hand_seconds), 3)
    report = {
        "judge": _summary(measured.judge_seconds),
        "by_hand": _summary(measured.hand_seconds),
        "judge_steps": {name: round(statistics.median(times), 3) for name, times in measured.steps.items()},
        "judge_ratio": ratio,
        "goal": GOAL,
    }
    click.echo(json.dumps(report, indent=2)) if as_json else _print(report)
    ctx.exit(0 if ratio <= GOAL else EXIT_GOAL_MISSED)


def _summary(seconds: Sequence[float]) -> dict[str, Any]:
    ordered = sorted(seconds)
    return {
        "median_seconds": round(statistics.median(ordered), 3),
        "p95_seconds": round(ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))], 3),
        "seconds": [round(one, 3) for one in seconds],
    }


def _print(report: dict[str, Any]) -> None:
    console = Console()
    table = Table("", "median s", "p95 s")
    for name in ("judge", "by_hand"):
        row = report[name]
        table.add_row(name.replace("_", " "), f"{row['median_seconds']:.2f}", f"{row['p95_seconds']:.2f}")
    for name, seconds in report["judge_steps"].items():
        table.add_row(f"  {name}", f"{seconds:.2f}", "")
    console.print(table)
    console.print(f"judge ratio {report['judge_ratio']:.2f}, goal at most {report['goal']}")
