"""`containrlab judge`: exit codes and output, on the real judge, with a sandbox and without."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from course_service.verdict import (
    CheckResult,
    CheckStatus,
    Evidence,
    Failure,
    FailureCode,
    JudgeResult,
    Metrics,
    Notes,
)
from hub_config.settings import ROOT
from operator_cli.main import cli
from operator_cli.result_view import print_result

LAB = ROOT / "lab_notebooks" / "lab1"
EVIDENCE = Evidence(context_digest="", lab_version="", judge_version="")
PASSED = CheckResult("The image [builds]", CheckStatus.PASSED)
FAILED = CheckResult("It answers", CheckStatus.FAILED)


def shown(result: JudgeResult) -> list[str]:
    """What a person reads, line by line."""
    screen = io.StringIO()
    print_result(result, Console(file=screen, width=100))
    return screen.getvalue().splitlines()


def test_passed_is_the_last_line():
    lines = shown(
        JudgeResult(checks=(PASSED,), failures=(), evidence=EVIDENCE, metrics=Metrics(1.2, 5_000_000))
    )
    assert lines[0] == "✓ The image [builds]"
    assert "Built in 1.2 s" in lines
    assert "Image size 5.0 MB" in lines
    assert lines[-1] == "passed: all 1 checks"


def test_failed_says_why_and_what_to_try():
    failure = Failure(FailureCode.HEALTHCHECK_FAILED, "It answered [red]500[/red].", "Read its log.")
    notes = Notes(runtime_logs=("[bold]Traceback",))
    lines = shown(JudgeResult(checks=(PASSED, FAILED), failures=(failure,), evidence=EVIDENCE, notes=notes))
    assert "✗ It answers" in lines
    assert "healthcheck_failed: It answered [red]500[/red]." in lines
    assert "  Try: Read its log." in lines
    assert "  | [bold]Traceback" in lines
    assert lines[-1] == "failed: healthcheck_failed"


def test_not_graded_says_whose_fault_it_was():
    notes = Notes(fault="The sandbox stopped answering.")
    lines = shown(JudgeResult(checks=(PASSED,), failures=(), evidence=EVIDENCE, notes=notes))
    assert lines[-1] == "not graded: The sandbox stopped answering."


def judge(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["judge", *arguments])


@pytest.mark.engine
@pytest.mark.usefixtures("as_operator")
def test_solution_passes():
    answer = judge("lab1", str(LAB / "judge" / "solution"), "--json")
    assert answer.exit_code == 0, answer.output
    verdict = json.loads(answer.stdout)
    assert verdict["passed"]
    assert verdict["graded"]
    assert "Building your image" in answer.stderr


@pytest.mark.engine
@pytest.mark.usefixtures("as_operator")
def test_starter_fails():
    answer = judge("lab1", str(LAB / "learner"))
    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[-1].startswith("failed: ")


@pytest.mark.engine
@pytest.mark.usefixtures("as_operator")
def test_folder_that_cannot_be_taken_fails_with_its_code(tmp_path: Path):
    (tmp_path / "submission").mkdir()
    (tmp_path / "submission" / "link").symlink_to("/etc/passwd")
    answer = judge("lab1", str(tmp_path / "submission"), "--json")
    assert answer.exit_code == 1
    verdict = json.loads(answer.stdout)
    assert not verdict["passed"]
    assert [failure["code"] for failure in verdict["failures"]] == ["submission_rejected"]


@pytest.mark.engine
@pytest.mark.usefixtures("as_operator")
def test_unknown_lab_ends_with_2(tmp_path: Path):
    answer = judge("no-such-lab", str(tmp_path))
    assert answer.exit_code == 2
    assert "Error: There is no lab 'no-such-lab'" in answer.stderr


@pytest.mark.engine
def test_missing_images_end_with_2(as_operator: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("CONTAINRLAB_SESSION_IMAGE", "containrlab-no-such-image:1")
    answer = judge("lab1", str(tmp_path))
    assert answer.exit_code == 2
    assert answer.stderr.splitlines()[-1] == "Mend:  containrlab images build"
