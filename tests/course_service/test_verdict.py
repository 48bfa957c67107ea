"""The verdict's JSON is the contract of docs/interfaces.md."""

from __future__ import annotations

import json

import pytest

from course_service.verdict import (
    CheckResult,
    CheckStatus,
    Evidence,
    Failure,
    FailureCode,
    JudgeResult,
    Layer,
    Metrics,
    Notes,
)
from hub_config.settings import ROOT

EVIDENCE = Evidence("sha256:c", "lab", "judge", "sha256:i", (Layer("RUN x", 7),))
FAILURE = Failure(FailureCode.HEALTHCHECK_FAILED, "what is wrong", "what to try")


def result(
    *statuses: CheckStatus, failures: tuple[Failure, ...] = (), fault: str | None = None
) -> JudgeResult:
    checks = tuple(
        CheckResult(f"check {number}", status, 1 + number) for number, status in enumerate(statuses)
    )
    return JudgeResult(checks, failures, EVIDENCE, Metrics(1.234, 156_100_000), Notes(("b",), ("r",), fault))


def test_json_is_the_documented_shape():
    verdict = result(CheckStatus.PASSED, CheckStatus.FAILED, failures=(FAILURE,))
    assert json.loads(json.dumps(verdict.to_json())) == {
        "passed": False,
        "graded": True,
        "score": 1,
        "max_score": 3,
        "failures": [
            {"code": "healthcheck_failed", "message": "what is wrong", "hint": "what to try"},
        ],
        "checks": [
            {"title": "check 0", "status": "passed", "points": 1},
            {"title": "check 1", "status": "failed", "points": 2},
        ],
        "metrics": {"build": {"elapsed_seconds": 1.23}, "image_size_mb": 156.1},
        "notes": {"build_logs": ["b"], "runtime_logs": ["r"]},
        "evidence": {
            "context_digest": "sha256:c",
            "image_digest": "sha256:i",
            "layers": [{"created_by": "RUN x", "bytes": 7}],
            "lab_version": "lab",
            "judge_version": "judge",
        },
    }


@pytest.mark.parametrize(
    ("statuses", "fault", "passed", "graded"),
    [
        ([CheckStatus.PASSED, CheckStatus.PASSED], None, True, True),
        ([CheckStatus.PASSED, CheckStatus.FAILED], None, False, True),
        ([CheckStatus.PASSED, CheckStatus.NOT_RUN], None, False, True),
        pytest.param(
            [CheckStatus.PASSED], "the engine ended", False, False, id="a fault of ours never passes"
        ),
    ],
)
def test_only_a_graded_result_whose_checks_all_ran_and_passed_passes(statuses, fault, passed, graded):
    verdict = result(*statuses, fault=fault)
    assert (verdict.passed, verdict.graded) == (passed, graded)


def test_a_result_that_is_not_graded_says_why_and_has_no_failures():
    assert (
        result(CheckStatus.NOT_RUN, fault="the engine ended").to_json()["notes"]["fault"]
        == "the engine ended"
    )
    with pytest.raises(ValueError, match="no failures"):
        result(CheckStatus.FAILED, failures=(FAILURE,), fault="the engine ended")


def test_every_failure_code_is_documented():
    documented = (ROOT / "docs" / "interfaces.md").read_text()
    assert [code for code in FailureCode if f"`{code}`" not in documented] == []
