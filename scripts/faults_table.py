"""Write the table of docs/operating.md from tests/faults; with --check, fail where it is not current."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # tests are no package that is installed

from tests.faults.fault import FAULTS  # noqa: E402

FILE = ROOT / "docs" / "operating.md"
BEGIN, END = "<!-- begin: scripts/faults_table.py -->\n", "<!-- end: scripts/faults_table.py -->\n"


def render_table() -> str:
    """A row for each fault."""
    head = "| killed | while | the learner meets | lost | brought back by |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| {one.killed} | {one.meanwhile} | {one.learner} | {one.lost} | {one.mended_by} |\n"
        for one in FAULTS
    )


def main() -> None:
    """Write the table into the page, or compare it."""
    page = FILE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    current = head + BEGIN + render_table() + END + tail
    if "--check" not in sys.argv[1:]:
        FILE.write_text(current, encoding="utf-8")
    elif page != current:
        sys.exit("docs/operating.md is not what tests/faults says; run: make docs")


if __name__ == "__main__":
    main()
