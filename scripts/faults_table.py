"""Write the table of docs/operating.md from tests/faults; with --check, fail where it is not current."""

from __future__ import annotations

import sys
from pathlib import Path

from written_table import write_or_compare

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests are no package that is installed

from tests.faults.fault import FAULTS  # noqa: E402


def render_table() -> str:
    """A row for each fault."""
    head = "| killed | while | the learner meets | lost | brought back by |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| {one.killed} | {one.meanwhile} | {one.learner} | {one.lost} | {one.mended_by} |\n"
        for one in FAULTS
    )


if __name__ == "__main__":
    write_or_compare("operating.md", Path(__file__).name, render_table(), "tests/faults")
