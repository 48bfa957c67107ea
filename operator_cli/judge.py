"""`containrlab judge`: judges a local folder exactly as the course service judges a learner's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click

from course_service.errors import CatalogueError, LabNotFound, SubmissionRejected
from course_service.judge import judge_folder
from course_service.progress import Progress as JudgeProgress
from course_service.verdict import CheckResult, CheckStatus, Evidence, Failure, FailureCode, JudgeResult
from hub_config.settings import Settings, load_settings
from spawner.errors import ImageStoreMissing, SpawnerError
from spawner.image_store import find_image_store

from .egress_proxy import egress_proxy
from .engine import find_engine
from .errors import ImagesMissing, LabMissing, OperatorError
from .firewall import is_firewall_loaded, load_firewall
from .image_build import find_image
from .locks import shared_state_lock, try_state_lock
from .packages import Packages
from .progress import Progress
from .remains import JUDGING_LOCK
from .result_view import print_result
from .up import UP_LOCK

EXIT_FAILED = 1
EXIT_NOT_GRADED = 2


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


def require_images(settings: Settings) -> None:
    """Raises `EngineMissing`, or `ImagesMissing` where the images were never built."""
    engine = find_engine()
    try:
        if find_image(engine, settings.session_image) is None:
            raise ImageStoreMissing(f"there is no image {settings.session_image}")
        find_image_store(engine)
    except ImageStoreMissing as error:
        raise ImagesMissing(
            "The images are not built", str(error).partition(";")[0], "containrlab images build"
        ) from error
    finally:
        engine.close()


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


@contextmanager
def judging(settings: Settings, progress: Progress) -> Iterator[None]:
    """What a sandbox needs around it: firewall and egress proxy."""
    packages = Packages(progress)
    with (
        shared_state_lock(settings, JUDGING_LOCK),
        egress_proxy(settings, packages, progress, accept_other=True),
        try_state_lock(settings, UP_LOCK) as no_course_runs,
    ):
        # A running course's rules are not ours to replace: its settings may be others than this command's.
        if no_course_runs or not is_firewall_loaded(settings):
            load_firewall(settings, packages)
        yield


@contextmanager
def errors_of_ours(settings: Settings) -> Iterator[None]:
    try:
        yield
    except LabNotFound as error:
        raise LabMissing(
            f"There is no lab {error.slug!r}", f"{settings.labs_dir} has none", f"ls {settings.labs_dir}"
        ) from error
    except CatalogueError as error:
        raise LabMissing(
            "The labs cannot be read", f"{error.file}: {error.problem}", "mend that file"
        ) from error
    except SpawnerError as error:
        raise OperatorError("No sandbox could be started", str(error), "containrlab prepare") from error
