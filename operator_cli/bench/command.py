"""`containrlab bench`: what we do against the plain way of doing it, in turn, in one run, on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, TypeVar

import click

from hub_config.settings import load_settings

from ..engine import find_engine
from ..errors import NeedsRoot
from ..judging import require_images
from ..packages import is_root
from ..progress import Progress
from ..stopping import stop_by_signal
from .ground import Ground, bench_ground
from .growth import SHORT_SIZES_GB, SIZES_GB, measure_growth
from .idle_memory import measure_idle_memory
from .judge_part import measure_judge
from .machine_facts import read_machine
from .part import PartResult
from .report import exit_code, make_report, print_report
from .starts import measure_starts
from .storm import LEARNERS, SHORT_LEARNERS, measure_storm

Command = TypeVar("Command", bound=Callable[..., Any])
Measure = Callable[[Ground, bool], PartResult]


def _starts(ground: Ground, is_short: bool) -> PartResult:
    return measure_starts(ground, rounds=3 if is_short else 5, is_returning_too=not is_short)


def _memory(ground: Ground, is_short: bool) -> PartResult:
    return measure_idle_memory(ground, rounds=1 if is_short else 3)


def _growth(ground: Ground, is_short: bool) -> PartResult:
    return measure_growth(ground, SHORT_SIZES_GB if is_short else SIZES_GB, rounds=2 if is_short else 5)


def _storm(ground: Ground, is_short: bool) -> PartResult:
    return measure_storm(ground, SHORT_LEARNERS if is_short else LEARNERS)


def _judge(ground: Ground, is_short: bool) -> PartResult:
    return measure_judge(ground, runs=2 if is_short else 5)


_PARTS: dict[str, Measure] = {
    "starts": _starts,
    "memory": _memory,
    "growth": _growth,
    "storm": _storm,
    "judge": _judge,
}


def _options(command: Command) -> Command:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else."),
        click.option("--short", is_flag=True, help="Fewer rounds and learners, smaller stores."),
        click.option(
            "--check", "is_check", is_flag=True, help="Leave room for a busy machine, and look at no seconds."
        ),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@_options
@click.pass_context
def bench(ctx: click.Context, as_json: bool, short: bool, is_check: bool) -> None:
    """Measure speed and size against the plain way, both in one run, and say whether the goals hold.

    The plain way is JupyterHub with DockerSpawner, and JupyterLab as pip installs it. Seconds differ from
    machine to machine and hour to hour; the ratio is what to compare. Without a part, all of them. A course
    that runs here goes on, but what it does is measured too. Needs root.

    Exit code 0: the goals hold; 1: one is missed; 2: usage or environment.
    """
    if ctx.invoked_subcommand is None:
        ctx.exit(_run(list(_PARTS), as_json=as_json, is_short=short, is_check=is_check))


def _add_part(name: str, summary: str) -> None:
    @bench.command(name, help=summary)
    @_options
    @click.pass_context
    def part(ctx: click.Context, as_json: bool, short: bool, is_check: bool) -> None:
        given = ctx.parent.params if ctx.parent else {}  # `bench --json starts` means the same
        ctx.exit(
            _run(
                [name],
                as_json=as_json or given["as_json"],
                is_short=short or given["short"],
                is_check=is_check or given["is_check"],
            )
        )


_add_part("starts", "Request to ready: plain, cold and warm.")
_add_part("memory", "What an idle session holds, against a JupyterLab server alone.")
_add_part("growth", "Starts and disk as the lab images grow from nothing to 4 GB.")
_add_part("storm", "Thirty learners within ten seconds, and the hub's API meanwhile.")
_add_part("judge", "The judge on lab1's solution, against the same build, run and request by hand.")


def _run(parts: Sequence[str], *, as_json: bool, is_short: bool, is_check: bool) -> int:
    settings, progress = load_settings(), Progress()
    if not is_root():
        raise NeedsRoot("A bench")
    require_images(settings)
    began = time.monotonic()
    with stop_by_signal(), closing(find_engine()) as engine:
        machine = read_machine(engine)
        with bench_ground(engine, settings, progress) as ground:
            results = [_PARTS[name](ground, is_short) for name in parts]
    report = make_report(
        results, machine, is_short=is_short, is_check=is_check, seconds=time.monotonic() - began
    )
    click.echo(json.dumps(report, indent=2)) if as_json else print_report(report)
    return exit_code(report)
