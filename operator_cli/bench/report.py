"""What `containrlab bench` says at its end: JSON for programs, tables for people, and an exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from .goals import judge_figures
from .part import PartResult

EXIT_GOAL_MISSED = 1


def make_report(
    parts: Sequence[PartResult], machine: Mapping[str, Any], *, is_short: bool, is_check: bool, seconds: float
) -> dict[str, Any]:
    """The report as a program reads it; figures of parts that were not run are not in it."""
    figures: dict[str, Any] = {}
    measurements: dict[str, Any] = {}
    for part in parts:
        figures |= part.figures
        measurements |= {name: readings.as_json() for name, readings in part.readings.items()}
    verdicts = judge_figures(figures, is_check=is_check)
    return {
        **figures,
        "measurements": measurements,
        "goals": [verdict.as_json() for verdict in verdicts],
        "goals_are": "with room, for a busy machine; seconds are not looked at"
        if is_check
        else "as promised",
        "holds": all(verdict.holds for verdict in verdicts),
        "machine": dict(machine),
        "short": is_short,
        "seconds": round(seconds, 1),
    }


def exit_code(report: Mapping[str, Any]) -> int:
    """0 where all goals hold, else 1."""
    return 0 if report["holds"] else EXIT_GOAL_MISSED


def print_report(report: Mapping[str, Any], console: Console | None = None) -> None:
    """What was measured, whether the goals hold, and on which machine."""
    console = console or Console(highlight=False)
    console.print(_table_of_measurements(report["measurements"]))
    if report["goals"]:
        console.print(_table_of_goals(report["goals"]))
    machine = report["machine"]
    console.print(
        f"{machine['processors']} processors, {machine['memory_gb']} GB, Linux {machine['kernel']}, "
        f"engine {machine['engine']}, load {machine['load_before']} before; {report['seconds']:.0f} s"
    )


def _table_of_measurements(measurements: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table("measured", "median", "p95", "readings", "")
    for column in table.columns[1:4]:
        column.justify = "right"
    for name, one in measurements.items():
        table.add_row(
            name.replace("_", " "),
            _short(one["median"]),
            _short(one["p95"]),
            str(one["readings"]),
            one["unit"],
        )
    return table


def _table_of_goals(goals: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("goal", "at most", "seen", "")
    for column in table.columns[1:3]:
        column.justify = "right"
    for goal in goals:
        table.add_row(
            goal["what"], _short(goal["most"]), _short(goal["seen"]), "holds" if goal["holds"] else "MISSED"
        )
    return table


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.2f}"
