"""What `containrlab lab test` says at its end: a table and a last line, a JSON report, and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .case_runs import CaseOutcome, CaseRun, describe
from .judging import EXIT_FAILED, EXIT_NOT_GRADED

WIDTH_OF_A_FILE = 160
"""Columns of the table where no terminal says how many there are."""


def exit_code(outcomes: Sequence[CaseOutcome]) -> int:
    """0 all as expected; 1 a case got something else; 2 the only fault was ours and a case was not graded.

    What was seen wrong outweighs what was not seen: 1 where there is both.
    """
    if any(outcome.is_wrong for outcome in outcomes):
        return EXIT_FAILED
    return 0 if all(outcome.is_as_expected for outcome in outcomes) else EXIT_NOT_GRADED


def report_json(outcomes: Sequence[CaseOutcome]) -> dict[str, Any]:
    """The report as a program reads it."""
    labs = groupby(outcomes, key=lambda outcome: outcome.lab.slug)
    failed = sum(not outcome.is_as_expected for outcome in outcomes)
    return {
        "labs": [{"slug": slug, "cases": [_case_json(outcome) for outcome in group]} for slug, group in labs],
        "passed": failed == 0,
        "cases": len(outcomes),
        "failed": failed,
    }


def print_report(outcomes: Sequence[CaseOutcome], console: Console | None = None) -> None:
    """Print the table, what was not as expected, and the last line."""
    console = console or Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, WIDTH_OF_A_FILE)
    console.print(_table(outcomes))
    for outcome in outcomes:
        for problem in outcome.problems if not outcome.is_as_expected else ():
            console.print(Text(f"{_name(outcome)} {problem}", style="red"))
    console.print(last_line(outcomes))


def last_line(outcomes: Sequence[CaseOutcome]) -> Text:
    """What was seen, in one line."""
    cases = f"{len(outcomes)} cases"
    wrong = [outcome for outcome in outcomes if outcome.is_wrong]
    ungraded = [outcome for outcome in outcomes if not outcome.is_as_expected and not outcome.is_wrong]
    parts = []
    if wrong:
        parts.append(f"not as expected: {len(wrong)} of {cases} ({', '.join(map(_name, wrong))})")
    if ungraded:
        parts.append(f"not graded: {len(ungraded)} of {cases} ({', '.join(map(_name, ungraded))})")
    if parts:
        return Text("; ".join(parts), style="red")
    labs = len({outcome.lab.slug for outcome in outcomes})
    times = count_times(len(outcomes[0].runs))
    return Text(
        f"as expected: {cases} of {labs} lab{'s' * (labs > 1)}, each judged {times} on fresh sandboxes",
        style="green",
    )


def count_times(number: int) -> str:
    """The number as one says it.

    >>> count_times(1), count_times(2), count_times(3)
    ('once', 'twice', '3 times')
    """
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _case_json(outcome: CaseOutcome) -> dict[str, Any]:
    return {
        "name": outcome.case.name,
        "expected": list(outcome.expected),
        "seen": [list(run.codes) for run in outcome.runs],
        "graded": [run.result.graded for run in outcome.runs],
        "ok": outcome.is_as_expected,
        "seconds": [round(run.seconds, 1) for run in outcome.runs],
        "problems": [] if outcome.is_as_expected else list(outcome.problems),
    }


def _table(outcomes: Sequence[CaseOutcome]) -> Table:
    table = Table()
    for heading in ("lab", "case", "expected", "seen"):
        table.add_column(heading, overflow="fold")
    table.add_column("seconds", justify="right")
    table.add_column("ok", justify="center")
    for outcome in outcomes:
        mark, style = _mark(outcome)
        # Texts: what an author calls a folder is never read as markup.
        table.add_row(
            *(
                Text(words)
                for words in (
                    outcome.lab.slug,
                    outcome.case.name,
                    describe(outcome.expected),
                    " / ".join(dict.fromkeys(map(_describe_run, outcome.runs))),
                    "  ".join(f"{run.seconds:.1f}" for run in outcome.runs),
                )
            ),
            Text(mark, style=style),
        )
    return table


def _describe_run(run: CaseRun) -> str:
    if not run.result.graded:
        return "not graded"
    if not run.codes and not run.result.passed:
        return "no code, but not every check was asked"
    return describe(run.codes)


def _mark(outcome: CaseOutcome) -> tuple[str, str]:
    if outcome.is_as_expected:
        return "✓", "green"
    return ("✗", "red") if outcome.is_wrong else ("?", "yellow")


def _name(outcome: CaseOutcome) -> str:
    return f"{outcome.lab.slug} {outcome.case.name}"
