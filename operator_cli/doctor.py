"""`containrlab doctor`: whether this machine is fit for a course, and what mends it where it is not."""

from __future__ import annotations

import json

import click

from hub_config.settings import Settings, load_settings

from .doctor_report import Mended, exit_code, print_report, report_json
from .errors import OperatorError
from .machine_checks import ALL_CHECKS, Machine, Result, Status, look_at_machine
from .progress import Progress


@click.command()
@click.option("--fix", is_flag=True, help="Mend what is safe to mend, say what was done, and look again.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def doctor(fix: bool, as_json: bool) -> None:
    """Say whether this machine is fit for a course.

    Each check passes, warns or fails, with what was seen and the command that mends it. Looking changes
    nothing. --fix starts the engine, installs Debian packages, loads modules of the kernel and a running
    course's firewall, raises limits and closes the modes of our own secrets; all else is left to you. What
    only root may read is not looked at without root. Exit code 0 where nothing fails (warnings are allowed),
    1 where something does.
    """
    settings = load_settings()
    progress = Progress()
    results = _look(settings, progress)
    mended: list[Mended] = []
    if fix:
        mended = mend(results, Machine(settings, progress))
        if any(step.is_done for step in mended):
            results = _look(settings, progress)
    if as_json:
        click.echo(json.dumps(report_json(results, mended if fix else None), indent=2, ensure_ascii=False))
    else:
        print_report(results, mended)
    raise SystemExit(exit_code(results))


def mend(results: list[Result], machine: Machine) -> list[Mended]:
    """Carry out the fix of each check that did not pass and has one."""
    mended = []
    for result in results:
        fix = result.finding.fix
        if result.finding.status is Status.PASS or fix is None:
            continue
        try:
            mended.append(Mended(result.check.name, fix(machine), is_done=True))
        except (OperatorError, OSError) as error:
            mended.append(Mended(result.check.name, str(error), is_done=False))
    return mended


def _look(settings: Settings, progress: Progress) -> list[Result]:
    with progress.step("Looking at this machine"):
        return look_at_machine(Machine(settings, progress), ALL_CHECKS)
