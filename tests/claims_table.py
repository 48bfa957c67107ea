"""Tables of claims: what was tried, what must come of it, and what was seen; printed, and kept as JSON.

A test makes its line with the fixture `claim`, and fills it in; whether it held is whether the test passed.
The line travels in the test's report, so that it also arrives from another worker process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

ARTEFACTS = Path(__file__).parent.parent / "test-artefacts"
NOTHING_SEEN = "nothing: the test broke off"
_PROPERTY = "claim"


@dataclass(frozen=True)
class ClaimsTable:
    """A table: its file's name, its leading columns, and the words that follow "M of N" in its last line."""

    name: str
    columns: tuple[str, ...]
    tally: str

    @property
    def artefact(self) -> Path:
        return ARTEFACTS / f"{self.name}.json"


@dataclass
class Claim:
    """A line of a table."""

    table: ClaimsTable
    cells: tuple[str, ...]
    expected: str
    seen: str = NOTHING_SEEN
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            **dict(zip(self.table.columns, self.cells, strict=True)),
            "expected": self.expected,
            "seen": self.seen,
            "seconds": round(self.seconds, 2),
        }


_OWN = pytest.StashKey[Claim]()


@pytest.fixture
def claim(request: pytest.FixtureRequest) -> Callable[..., Claim]:
    """Begins the test's line: `claim(table, *cells, expected=...)`."""

    def begin(table: ClaimsTable, *cells: str, expected: str) -> Claim:
        claim = Claim(table, cells, expected)
        request.node.stash[_OWN] = claim
        return claim

    return begin


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport | None]:
    report = yield
    if report.when == "call" and _OWN in item.stash:
        claim = item.stash[_OWN]
        line = {**claim.to_json(), "held": report.passed}
        report.user_properties.append((_PROPERTY, [vars(claim.table), line]))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines: dict[ClaimsTable, list[dict[str, Any]]] = {}
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name == _PROPERTY and report.when == "call":
                table, line = value
                key = ClaimsTable(table["name"], tuple(table["columns"]), table["tally"])
                lines.setdefault(key, []).append(line)
    for table, its_lines in lines.items():
        _print(terminalreporter, table, its_lines)


def _print(
    terminalreporter: pytest.TerminalReporter, table: ClaimsTable, lines: list[dict[str, Any]]
) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    table.artefact.write_text(json.dumps(lines, indent=1) + "\n")
    terminalreporter.section(table.name)
    shown = Table(*table.columns, "expected", "seen", "s", box=None, pad_edge=False)
    for line in lines:
        seen = line["seen"] if line["held"] else f"FAILED: {line['seen']}"
        cells = (line[column] for column in table.columns)
        shown.add_row(*cells, line["expected"], seen, f"{line['seconds']:.1f}")
    console = Console(width=160, no_color=True, markup=False, emoji=False, highlight=False)
    with console.capture() as capture:
        console.print(shown)
    terminalreporter.write_line(capture.get())
    held = sum(line["held"] for line in lines)
    terminalreporter.write_line(f"{held} of {len(lines)} {table.tally}; see {table.artefact}")
