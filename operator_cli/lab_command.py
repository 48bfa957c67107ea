"""`containrlab lab`: begin a lab, and prove that its checks tell right from wrong."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from course_service.catalogue import Catalogue, Lab, load_catalogue
from course_service.judge import judge, sandbox_factory
from course_service.lab_cases import lab_cases
from hub_config.settings import Settings, load_settings

from .case_report import count_times, exit_code, last_line, print_report, report_json
from .case_runs import CaseJudge, run_cases
from .judging import errors_of_ours, judging, require_images
from .new_lab import make_title, require_slug, require_title, write_new_lab
from .progress import Progress


@click.group()
def lab() -> None:
    """Labs: begin a new one, and test what a lab's checks say.

    CONTAINRLAB_LABS_DIR names the folder of labs. docs/authoring-labs.md leads from a new lab to your own.
    """


@lab.command("test")
@click.argument("slugs", metavar="[SLUG]...", nargs=-1)
@click.option("--all", "all_labs", is_flag=True, help="Test every lab of the course.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON and nothing else.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Sandboxes at once; CONTAINRLAB_JUDGE_SANDBOXES without it.",
)
@click.option(
    "--times",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="How often each case is judged; a check that is not always right shows itself so.",
)
@click.pass_context
def test_labs(
    ctx: click.Context, slugs: tuple[str, ...], all_labs: bool, as_json: bool, jobs: int | None, times: int
) -> None:
    """Judge a lab's solution, its starter and its mutants on fresh sandboxes.

    The solution must pass, the others must get exactly the codes of their expect.yaml. Progress goes to
    standard error, the report to standard output.

    Exit code 0: all as expected; 1: a case got something else; 2: usage, environment, a lab whose folder is
    not as it should be, or, where nothing else was wrong, a case that was not graded because the fault was
    ours. Needs the images (containrlab images build) and root.
    """
    settings = load_settings()
    progress = Progress()
    with errors_of_ours(settings):
        chosen = _choose(load_catalogue(settings.labs_dir), slugs, all_labs)
        cases = [(one, case) for one in chosen for case in lab_cases(one)]
    require_images(settings)
    jobs = jobs or settings.judge_sandboxes
    with (
        judging(settings, progress),
        progress.step(f"Judging {len(cases)} cases, each {count_times(times)}, {jobs} at once"),
    ):
        outcomes = run_cases(cases, _case_judge(settings), times=times, jobs=jobs, progress=progress)
    if as_json:
        click.echo(json.dumps(report_json(outcomes), indent=2, ensure_ascii=False))
        Console(stderr=True, highlight=False).print(last_line(outcomes))
    else:
        print_report(outcomes)
    ctx.exit(exit_code(outcomes))


@lab.command("new")
@click.argument("slug", callback=lambda _ctx, _param, slug: require_slug(slug))
@click.option(
    "--title",
    callback=lambda _ctx, _param, title: require_title(title),
    help="What learners call it; made from SLUG without it.",
)
def new(slug: str, title: str | None) -> None:
    """Write a small lab named SLUG that works, for you to change.

    Its folder goes into CONTAINRLAB_LABS_DIR and has all that a lab can have: lab.yaml with notes on its
    fields, learner files with a notebook, a solution with its explanation, and mutants. It passes
    `containrlab lab test SLUG` as it is. Nothing that is there already is touched.
    """
    settings = load_settings()
    folder = write_new_lab(settings.labs_dir, slug, title or make_title(slug))
    shown = _seen_from_here(folder)
    click.echo(f"The lab {slug} is in {shown}. Next:")
    click.echo(f"  1. Test it as it is (needs root):   containrlab lab test {slug}")
    click.echo(f"  2. Make it yours, from the top:     {shown / 'lab.yaml'}")
    click.echo("  3. Every field and kind of check:   docs/authoring-labs.md")
    click.echo("  4. Learners see it once the course has been started again.")


def _choose(catalogue: Catalogue, slugs: tuple[str, ...], all_labs: bool) -> list[Lab]:
    """The labs that are meant. Raises `LabNotFound` and `click.UsageError`."""
    known = ", ".join(one.slug for one in catalogue) or "none yet; containrlab lab new SLUG begins one"
    if all_labs and slugs:
        raise click.UsageError("Name labs or give --all, not both.")
    if not catalogue.labs or not (all_labs or slugs):
        raise click.UsageError(f"Name a lab to test, or give --all. The labs: {known}")
    return list(catalogue) if all_labs else [catalogue.find(slug) for slug in dict.fromkeys(slugs)]


def _case_judge(settings: Settings) -> CaseJudge:
    return lambda one, case: judge(
        one, case.submission, sandbox_factory(settings, one, "operator"), lambda _: None
    )


def _seen_from_here(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
