"""Write the table of docs/hints.md from the entries; with --check, fail where it is not current."""

from __future__ import annotations

import sys

from course_service.explanations.all_families import FAMILIES
from course_service.explanations.entry import Family
from hub_config.settings import ROOT

FILE = ROOT / "docs" / "hints.md"
BEGIN, END = "<!-- begin: scripts/hints_table.py -->\n", "<!-- end: scripts/hints_table.py -->\n"


def render_table() -> str:
    """All that is recognised, a heading a family."""
    return "".join(map(_render_family, FAMILIES))


def _render_family(family: Family) -> str:
    rows = "".join(f"| `{entry.name}` | {_code(entry.shows)} |\n" for entry in family.entries)
    return f"\n### {family.title}\n| name | what the log says |\n|---|---|\n{rows}"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def main() -> None:
    """Write the table into the page, or compare it."""
    page = FILE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    _, tail = rest.split(END)
    current = head + BEGIN + render_table() + "\n" + END + tail
    if "--check" not in sys.argv[1:]:
        FILE.write_text(current, encoding="utf-8")
    elif page != current:
        sys.exit("docs/hints.md is not what course_service/explanations says; run: make docs")


if __name__ == "__main__":
    main()
