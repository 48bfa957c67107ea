"""The report: its keys, what holds, and what a check leaves alone."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from operator_cli.bench.figures import Readings
from operator_cli.bench.goals import GOALS, judge_figures
from operator_cli.bench.part import PartResult
from operator_cli.bench.report import exit_code, make_report, print_report

MACHINE = {"processors": 2, "memory_gb": 23.5, "kernel": "6.1", "engine": "26.1", "load_before": 0.1}


def report_of(*parts: PartResult, is_check: bool = False) -> dict[str, Any]:
    return make_report(parts, MACHINE, is_short=False, is_check=is_check, seconds=61.23)


@pytest.mark.parametrize(
    ("figures", "is_check", "missed"),
    [
        pytest.param({"cold_start_ratio": 0.6}, False, [], id="at most is kept by as much"),
        pytest.param({"cold_start_ratio": 0.61}, False, ["cold_start_ratio"], id="more is not"),
        pytest.param({"cold_start_ratio": 0.61}, True, [], id="a check has room"),
        pytest.param({"cold_start_ratio": 0.91}, True, ["cold_start_ratio"], id="but not without end"),
        pytest.param({"warm_start_p95": 1.2}, False, ["warm_start_p95"], id="seconds are a goal"),
        pytest.param({"warm_start_p95": 1.2}, True, [], id="which a check does not look at"),
        pytest.param(
            {"storm": {"failed": 1}}, True, ["storm.failed"], id="a failed start is one in a check too"
        ),
        pytest.param({"storm": {"hub_api_p95": 0.7}}, True, [], id="seconds inside of a figure"),
        pytest.param({}, False, [], id="what was not measured is not missed"),
    ],
)
def test_goals(figures: dict[str, Any], is_check: bool, missed: list[str]):
    verdicts = judge_figures(figures, is_check=is_check)

    assert [one.goal.figure for one in verdicts if not one.holds] == missed


def test_a_check_has_more_room_than_the_goal():
    assert all(one.most_in_check is None or one.most_in_check >= one.most for one in GOALS)


def test_a_missed_goal_is_said_and_is_the_exit_code():
    kept = PartResult({"judge_ratio": 1.1}, {"judge": Readings([1.0, 2.0])})
    missed = PartResult({"idle_memory_ratio": 1.6}, {"session_memory": Readings([160.0], "MB")})

    assert exit_code(report_of(kept)) == 0
    report = report_of(kept, missed)
    assert exit_code(report) == 1
    printed = io.StringIO()
    print_report(report, Console(file=printed, width=120))
    assert "MISSED" in printed.getvalue()
    assert "2 processors" in printed.getvalue()


def test_figures_are_the_reports_own_keys():
    report = report_of(
        PartResult({"cold_start_ratio": 0.5}, {"cold_start": Readings([2.0])}),
        PartResult({"storm": {"started": 30, "failed": 0}}),
    )

    assert report["cold_start_ratio"] == 0.5
    assert report["storm"]["started"] == 30
    assert report["measurements"]["cold_start"]["values"] == [2.0]
    assert report["holds"] is True
    assert report["seconds"] == 61.2
    assert "judge_ratio" not in report
