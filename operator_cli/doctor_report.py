"""What `containrlab doctor` says at its end: a table, what mends what is wrong, and a line that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .machine_checks import Result, Status

WIDTH_OF_A_FILE = 160
"""Columns of the table where no terminal says how many there are."""

EXIT_FAILED = 1
_MARKS = {Status.PASS: ("✓", "green"), Status.WARN: ("!", "yellow"), Status.FAIL: ("✗", "red")}


@dataclass(frozen=True)
class Mended:
    """What --fix did for one check, or why it could not."""

    name: str
    words: str
    is_done: bool


def exit_code(results: Sequence[Result]) -> int:
    """1 where something fails; warnings are allowed."""
    return EXIT_FAILED if any(result.finding.status is Status.FAIL for result in results) else 0


def report_json(results: Sequence[Result], mended: Sequence[Mended] | None = None) -> dict[str, Any]:
    """The report as a program reads it; ``mended`` is there only after --fix."""
    counts = _count(results)
    report: dict[str, Any] = {
        "checks": [
            {
                "name": result.check.name,
                "status": result.finding.status,
                "seen": result.finding.seen,
                "why": result.check.why,
                "mend": result.finding.mend,
            }
            for result in results
        ],
        **{status.value: counts[status] for status in Status},
    }
    if mended is not None:
        report["mended"] = [{"name": step.name, "done": step.is_done, "words": step.words} for step in mended]
    return report


def print_report(
    results: Sequence[Result], mended: Sequence[Mended] = (), console: Console | None = None
) -> None:
    """Print the table, then warnings and failures with what mends them, the worst nearest to the end."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, WIDTH_OF_A_FILE)
    console.print(_table(results))
    for status in (Status.WARN, Status.FAIL):
        alike: dict[tuple[str, str], list[Result]] = {}
        for result in results:
            if result.finding.status is status:
                alike.setdefault((result.finding.seen, result.finding.mend), []).append(result)
        for group in alike.values():
            _print_trouble(group, console)
    for step in mended:
        words, style = ("mended", "green") if step.is_done else ("not mended", "red")
        console.print(Text(f"{words}: {_title(step.name)}: {step.words}", style=style), soft_wrap=True)
    console.print(last_line(results))


def last_line(results: Sequence[Result]) -> Text:
    """How many are how, in one line."""
    counts = _count(results)
    warnings = f"{counts[Status.WARN]} warning{'s' * (counts[Status.WARN] != 1)}"
    words = f"{counts[Status.FAIL]} failed, {warnings}, {counts[Status.PASS]} passed"
    worst = next(
        status for status in (Status.FAIL, Status.WARN, Status.PASS) if counts[status] or not results
    )
    return Text(words, style=_MARKS[worst][1])


def _count(results: Sequence[Result]) -> Counter[Status]:
    return Counter(result.finding.status for result in results)


def _table(results: Sequence[Result]) -> Table:
    table = Table(show_header=False)
    for _ in ("mark", "check"):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for group, members in groupby(results, key=lambda result: result.check.group):
        table.add_section()
        table.add_row("", Text(group, style="bold"), "")
        for result in members:
            mark, style = _MARKS[result.finding.status]
            # Texts: what the machine answers is never read as markup.
            table.add_row(
                Text(mark, style=style),
                Text(_title(result.check.name)),
                Text(result.finding.seen, style="" if result.finding.status is Status.PASS else style),
            )
    return table


def _print_trouble(alike: Sequence[Result], console: Console) -> None:
    """One trouble, of all checks that it keeps from looking: a silent engine is one thing to mend."""
    first = alike[0]
    mark, style = _MARKS[first.finding.status]
    names = ", ".join(_title(result.check.name) for result in alike)
    console.print(Text(f"{mark} {names}: {first.finding.seen}", style=style), soft_wrap=True)
    if len(alike) == 1:
        console.print(Text(f"  Why:  {first.check.why}"), soft_wrap=True)
    if first.finding.mend:
        console.print(Text(f"  Mend: {first.finding.mend}"), soft_wrap=True)


def _title(name: str) -> str:
    return name.replace("_", " ")
