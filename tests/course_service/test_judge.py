"""The judge's orchestration: what runs, in which order, and what becomes of faults."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_service.checks.stages import Stages
from course_service.errors import LabNotFound, SubmissionRejected
from course_service.judge import judge, judge_folder, not_graded
from course_service.submission import Submission
from spawner.errors import ImageStoreMissing

from .sandbox_stand_ins import BuildFailingSandbox, MissingSandbox, VanishingSandbox, WillingSandbox

GOOD = {"Dockerfile": b"FROM x\n", ".dockerignore": b"venv\n__pycache__\n", "app.py": b""}


def judged(lab, files, sandbox, seen=None):
    on_progress = (lambda _: None) if seen is None else seen.append
    return judge(lab, Submission(files), sandbox.open, on_progress)


def statuses(result):
    return [check.status.value for check in result.checks]


def test_a_good_submission_passes_with_metrics_and_evidence(lab1):
    result = judged(lab1, GOOD, WillingSandbox())
    assert result.passed
    assert statuses(result) == ["passed"] * 5
    assert result.to_json()["metrics"] == {"build": {"elapsed_seconds": 1.5}, "image_size_mb": 0.0}
    assert result.evidence.image_digest == "sha256:image"
    assert [(layer.created_by, layer.size) for layer in result.evidence.layers] == [
        ("FROM", 100),
        ("COPY", 5),
    ]
    assert result.evidence.context_digest == Submission(GOOD).context_digest
    assert result.evidence.lab_version == lab1.version
    assert result.notes.build_logs == ("#1 building",)


def test_without_a_dockerfile_no_sandbox_is_started(lab1):
    sandbox = WillingSandbox()
    result = judged(lab1, {"app.py": b""}, sandbox)
    assert sandbox.opened == 0
    assert [failure.code.value for failure in result.failures] == [
        "dockerfile_missing",
        "dockerignore_missing",
    ]
    assert statuses(result) == ["failed", "failed", "not_run", "not_run", "not_run"]


def test_every_check_that_can_run_runs_and_what_needs_an_image_waits_for_one(lab1):
    files = {name: content for name, content in GOOD.items() if name != ".dockerignore"}
    result = judged(lab1, files, BuildFailingSandbox())
    assert [failure.code.value for failure in result.failures] == [
        "dockerignore_missing",
        "docker_build_failed",
    ]
    assert statuses(result) == ["passed", "failed", "failed", "not_run", "not_run"]


def test_one_sandbox_serves_one_attempt(lab1):
    sandbox = WillingSandbox()
    judged(lab1, GOOD, sandbox)
    assert sandbox.opened == 1


def test_a_fault_of_ours_is_not_graded_and_never_failed(lab1):
    result = judged(lab1, GOOD, VanishingSandbox())
    assert not result.graded
    assert not result.passed
    assert result.failures == ()
    assert result.notes.fault == "The sandbox stopped answering while your folder was judged."


def test_what_keeps_a_sandbox_from_starting_is_for_the_caller(lab1):
    with pytest.raises(ImageStoreMissing):
        judged(lab1, GOOD, MissingSandbox())


def test_progress_says_each_step_and_never_goes_back(lab1):
    seen = []
    judged(lab1, GOOD, WillingSandbox(), seen)
    steps = [event for event in seen if "message" in event]
    assert [event["message"] for event in steps] == [
        "Looking at your files",
        "Starting a clean sandbox",
        "Asking the engine what your .dockerignore leaves out",
        "Building your image",
        "Running your image and asking it for an answer",
        "Running your image and asking it for an answer",
    ]
    assert [event["step"] for event in steps] == sorted(event["step"] for event in steps)
    assert all(0 <= event["step"] < event["steps"] == 6 for event in steps)
    assert {"log": "#1 building"} in seen


def test_a_misnamed_dockerfile_is_pointed_out(lab1):
    result = judged(lab1, {"dockerfile": b"FROM x\n"}, WillingSandbox())
    assert "There is dockerfile, but the name must be exactly Dockerfile." in result.failures[0].message


def test_the_labs_own_hint_replaces_the_kinds(lab1):
    result = judged(lab1, {"app.py": b""}, WillingSandbox())
    hints = {failure.code.value: failure.hint for failure in result.failures}
    assert hints["dockerignore_missing"].startswith(
        "Create a file named .dockerignore (it begins with a dot)"
    )


def test_a_check_that_cannot_be_asked_is_told_where_nothing_else_is_wrong(lab1):
    stages = Stages(kind="stages", title="It has two stages")
    lab = replace(
        lab1, description=lab1.description.model_copy(update={"checks": (*lab1.description.checks, stages)})
    )
    unreadable = {**GOOD, "Dockerfile": b"FROM x\n" + b"# much\n" * 10_000}
    result = judged(lab, unreadable, WillingSandbox())
    assert not result.passed
    assert [failure.code.value for failure in result.failures] == ["submission_rejected"]
    assert "It has two stages" in result.failures[0].message


def test_not_graded_has_every_check_not_run(lab1):
    result = not_graded(lab1, Submission(GOOD), "stopped")
    assert statuses(result) == ["not_run"] * 5
    assert result.to_json()["evidence"]["context_digest"].startswith("sha256:")


def test_an_unknown_lab_is_not_found(settings, tmp_path):
    with pytest.raises(LabNotFound):
        judge_folder(settings, "lab99", tmp_path, lambda _: None)


def test_a_folder_that_cannot_be_taken_is_rejected_before_anything_starts(settings, tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(SubmissionRejected, match="link is a symbolic link"):
        judge_folder(settings, "lab1", tmp_path, lambda _: None)
