"""A course.yaml of the tests, and plans and attempts to try things on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from course_service.store import Store
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

SUBMISSION = Submission({"Dockerfile": b"FROM x\n"}, frozenset())
_CODE = FailureCode.HEALTHCHECK_FAILED


def write_course(folder: Path, labs: str, zone: str = "Europe/Berlin") -> Path:
    """A course.yaml whose labs are the YAML of `labs`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "course.yaml"
    file.write_text(f"title: Containers, autumn 2026\ntime_zone: {zone}\nlabs: {labs}\n")
    return file


def passing() -> JudgeResult:
    """Two checks, four points, all passed."""
    checks = (
        CheckResult("It builds", CheckStatus.PASSED, 3),
        CheckResult("It answers", CheckStatus.PASSED, 1),
    )
    return JudgeResult(checks, (), Evidence("sha256:c", "lab", "judge"))


def failing(code: FailureCode = _CODE) -> JudgeResult:
    """Three points of four."""
    first, second = passing().checks
    checks = (first, replace(second, status=CheckStatus.FAILED))
    return replace(passing(), checks=checks, failures=(Failure(code, "m", "h"),))


def not_graded() -> JudgeResult:
    """The fault was ours."""
    checks = tuple(replace(check, status=CheckStatus.NOT_RUN) for check in passing().checks)
    return replace(passing(), checks=checks, notes=Notes(fault="ours"))


def judged(store: Store, result: JudgeResult, user: str = "alice", lab: str = "lab1") -> int:
    """An attempt of the learner with this verdict."""
    attempt = store.add_attempt(
        user=user, server_name="", lab=lab, submission=SUBMISSION, if_interrupted=not_graded()
    )
    store.finish_attempt(attempt.id, result)
    return attempt.id
