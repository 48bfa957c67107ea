"""Write tables and chart of docs/performance.md from docs/performance.json, a run of `containrlab bench`.

With --check, fail where they are not what that file says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from strip_chart import Group, Row, render_chart
from written_table import DOCS, write_or_compare

CHART = DOCS / "images" / "performance.svg"
_STARTS = {
    "plain_start": "plain DockerSpawner",
    "same_image_start": "plain DockerSpawner, our image",
    "cold_server": "cold: server answers",
    "cold_start": "cold: engine answers too",
    "warm_start": "warm",
}
_OTHERS = ("plain", "same_image", "by_hand")


def render_tables(report: dict[str, Any]) -> str:
    """The goals, then everything that was measured, and the machine."""
    goals = [
        f"| {goal['what']} | {_short(goal['most'])} | {_short(goal['seen'])} | "
        f"{'holds' if goal['holds'] else '**missed**'} |\n"
        for goal in report["goals"]
    ]
    rows = [
        f"| {name.replace('_', ' ')} | {_short(one['median'])} | {_short(one['p95'])} | {one['unit']} "
        f"| {one['readings']} |\n"
        for name, one in report["measurements"].items()
    ]
    machine, run = report["machine"], "A short run" if report["short"] else "A run"
    return (
        f"{run} on {machine['processors']} processors, {machine['memory_gb']} GB of memory, Linux "
        f"{machine['kernel']}, Docker engine {machine['engine']}; load {machine['load_before']} before.\n\n"
        "| goal | at most | seen | |\n|---|---|---|---|\n"
        + "".join(goals)
        + "\n| measured | median | p95 | | readings |\n|---|---|---|---|---|\n"
        + "".join(rows)
    )


def render_performance_chart(report: dict[str, Any]) -> str:
    """Starts, a storm, growth and memory."""
    measured = report["measurements"]

    def rows(labels: dict[str, str]) -> list[Row]:
        return [
            Row(
                label,
                measured[name]["values"],
                is_ours=not name.startswith(_OTHERS),
            )
            for name, label in labels.items()
            if name in measured
        ]

    growth = {name: f"{name.split('_')[2]} GB" for name in measured if name.startswith("start_with_")}
    groups = [
        Group("From the request to a server that answers", "s", rows(_STARTS)),
        Group("Cold start, by what the lab images weigh", "s", rows(growth)),
        Group(
            f"{report['storm']['started']} learners within ten seconds",
            "s",
            rows({"storm_start": "each learner's start"}),
        ),
        Group(
            "Memory of an idle server",
            "MB",
            rows({"plain_memory": "JupyterLab alone", "session_memory": "session with its engine"}),
        ),
        Group("lab1's solution", "s", rows({"by_hand": "built and run by hand", "judge": "judged"})),
    ]
    return render_chart("What containrlab bench measured; the tables say the same", groups)


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"


def main() -> None:
    report = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))
    chart = render_performance_chart(report)
    if "--check" not in sys.argv[1:]:
        CHART.write_text(chart, encoding="utf-8")
    elif not CHART.exists() or CHART.read_text(encoding="utf-8") != chart:
        sys.exit("docs/images/performance.svg is not what docs/performance.json says; run: make docs")
    write_or_compare("performance.md", Path(__file__).name, render_tables(report), "docs/performance.json")


if __name__ == "__main__":
    main()
