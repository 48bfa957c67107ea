"""`containrlab judge`: judges a local folder exactly as the course service judges a learner's."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import click

from course_service.errors import SubmissionRejected
from course_service.judge import judge_folder
from course_service.progress import Progress as JudgeProgress
from course_service.verdict import CheckResult, CheckStatus, Evidence, Failure, FailureCode, JudgeResult
from hub_config.settings import Settings, load_settings

from .judging import EXIT_FAILED, EXIT_NOT_GRADED, errors_of_ours, judging, require_images
from .progress import Progress
from .result_view import print_result


@click.command()
@click.argument("lab")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the JudgeResult as JSON and nothing else.")
@click.pass_context
def judge(ctx: click.Context, lab: str, folder: Path, as_json: bool) -> None:
    """Judge FOLDER by the checks of LAB, in a fresh sandbox, without a hub.

    Nothing is stored. Progress goes to standard error, the result to standard output. Exit code 0: passed;
    1: failed; 2: usage, environment, or not graded because the fault was ours. Needs the images (containrlab
    images build) and root.
    """
    settings = load_settings()
    progress = Progress()
    require_images(settings)
    with judging(settings, progress), errors_of_ours(settings):
        result = _judge(settings, lab, folder, progress)
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=2, ensure_ascii=False))
    else:
        print_result(result)
    if not result.graded:
        ctx.exit(EXIT_NOT_GRADED)
    ctx.exit(0 if result.passed else EXIT_FAILED)


def _judge(settings: Settings, lab: str, folder: Path, progress: Progress) -> JudgeResult:
    with progress.step(f"Judging {folder} as {lab}"):
        try:
            return judge_folder(settings, lab, folder, lambda event: _report(event, progress))
        except SubmissionRejected as rejection:
            return rejected(rejection)


def rejected(rejection: SubmissionRejected) -> JudgeResult:
    """A folder that cannot be taken has failed: there is something for its owner to mend."""
    return JudgeResult(
        checks=(CheckResult("The folder can be taken", CheckStatus.FAILED),),
        failures=(Failure(FailureCode.SUBMISSION_REJECTED, rejection.problem, rejection.advice),),
        evidence=Evidence(context_digest="", lab_version="", judge_version=version("containrlab")),
    )


def _report(event: JudgeProgress, progress: Progress) -> None:
    if message := event.get("message"):
        progress.update(f"{message} ({event.get('step')} of {event.get('steps')} done)")
