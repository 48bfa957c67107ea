"""A table of a page of docs/ that is written from code; what is around it in the page is written by hand."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"


def write_or_compare(page: str, script: str, table: str, source: str) -> None:
    """Write the table into its place in docs/`page`; with --check, fail where it is not what `source` says.

    The place is between two comments that name the `script`.
    """
    file = DOCS / page
    begin, end = f"<!-- begin: scripts/{script} -->\n", f"<!-- end: scripts/{script} -->\n"
    text = file.read_text(encoding="utf-8")
    head, rest = text.split(begin)
    _, tail = rest.split(end)
    current = head + begin + table + end + tail
    if "--check" not in sys.argv[1:]:
        file.write_text(current, encoding="utf-8")
    elif text != current:
        sys.exit(f"docs/{page} is not what {source} says; run: make docs")
