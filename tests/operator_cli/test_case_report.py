"""The report of `containrlab lab test`: what a person reads, what a program reads, and the exit code."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from course_service.catalogue import load_catalogue
from course_service.lab_cases import LabCase
from course_service.submission import Submission
from course_service.verdict import (
    CheckResult,
    CheckStatus,
    Evidence,
    Failure,
    FailureCode,
    JudgeResult,
    Notes,
)
from hub_config.settings import ROOT
from operator_cli.case_report import exit_code, last_line, print_report, report_json
from operator_cli.case_runs import CaseOutcome, CaseRun

LAB = load_catalogue(ROOT / "lab_notebooks").find("lab1")
CODE = FailureCode.DOCKER_RUN_FAILED
FAILURE = Failure(CODE, "It [red]ended[/red].", "Look.")
EVIDENCE = Evidence("", "", "")
PASSED = JudgeResult((CheckResult("It runs", CheckStatus.PASSED),), (), EVIDENCE)
FAILED = JudgeResult((CheckResult("It runs", CheckStatus.FAILED),), (FAILURE, FAILURE), EVIDENCE)
NOT_ASKED = JudgeResult((CheckResult("It runs", CheckStatus.NOT_RUN),), (), EVIDENCE)
LOST = replace(NOT_ASKED, notes=Notes(fault="The sandbox ended."))


def outcome(name: str, codes: tuple[FailureCode, ...], *results: JudgeResult) -> CaseOutcome:
    """A case of lab1 and what it got."""
    return CaseOutcome(
        LAB, LabCase(name, Submission({}), codes), tuple(CaseRun(result, 1.25) for result in results)
    )


RIGHT = outcome("solution", (), PASSED, PASSED)
RIGHTLY_FAILED = outcome("starter", (CODE,), FAILED, FAILED)
WRONG = outcome("[b]odd", (), PASSED, FAILED)
UNGRADED = outcome("lost", (CODE,), FAILED, LOST)
UNASKED = outcome("solution", (), NOT_ASKED, NOT_ASKED)


@pytest.mark.parametrize(
    ("outcomes", "code", "line"),
    [
        ([RIGHT, RIGHTLY_FAILED], 0, "as expected: 2 cases of 1 lab, each judged twice on fresh sandboxes"),
        ([RIGHT, WRONG], 1, "not as expected: 1 of 2 cases (lab1 [b]odd)"),
        ([RIGHT, UNASKED], 1, "not as expected: 1 of 2 cases (lab1 solution)"),
        ([RIGHT, UNGRADED], 2, "not graded: 1 of 2 cases (lab1 lost)"),
        (
            [UNGRADED, WRONG],
            1,
            "not as expected: 1 of 2 cases (lab1 [b]odd); not graded: 1 of 2 cases (lab1 lost)",
        ),
    ],
)
def test_the_exit_code_and_the_last_line_say_what_was_seen(outcomes, code, line):
    assert exit_code(outcomes) == code
    assert last_line(outcomes).plain == line


def test_the_table_has_a_row_for_each_case_and_reads_no_name_as_markup():
    screen = io.StringIO()
    print_report([RIGHT, RIGHTLY_FAILED, WRONG, UNGRADED, UNASKED], Console(file=screen, highlight=False))
    lines = screen.getvalue().splitlines()
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert rows == [
        ["lab1", "solution", "passes", "passes", "1.2  1.2", "✓"],
        ["lab1", "starter", "docker_run_failed", "docker_run_failed", "1.2  1.2", "✓"],
        ["lab1", "[b]odd", "passes", "passes / docker_run_failed", "1.2  1.2", "✗"],
        ["lab1", "lost", "docker_run_failed", "docker_run_failed / not graded", "1.2  1.2", "?"],
        ["lab1", "solution", "passes", "no code, but not every check was asked", "1.2  1.2", "✗"],
    ]
    assert "lab1 [b]odd got docker_run_failed: It [red]ended[/red]." in lines
    assert "lab1 lost not graded: The sandbox ended." in lines
    assert "lab1 solution was not asked: It runs" in lines
    assert lines[-1].startswith("not as expected: 2 of 5 cases")


def test_the_json_report_has_every_run():
    assert report_json([RIGHT, UNGRADED]) == {
        "labs": [
            {
                "slug": "lab1",
                "cases": [
                    {
                        "name": "solution",
                        "expected": [],
                        "seen": [[], []],
                        "graded": [True, True],
                        "ok": True,
                        "seconds": [1.2, 1.2],
                        "problems": [],
                    },
                    {
                        "name": "lost",
                        "expected": ["docker_run_failed"],
                        "seen": [["docker_run_failed"], []],
                        "graded": [True, False],
                        "ok": False,
                        "seconds": [1.2, 1.2],
                        "problems": ["not graded: The sandbox ended."],
                    },
                ],
            }
        ],
        "passed": False,
        "cases": 2,
        "failed": 1,
    }
