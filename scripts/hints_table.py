"""Write the table of docs/hints.md from the entries; with --check, fail where it is not current."""

from __future__ import annotations

from pathlib import Path

from written_table import write_or_compare

from course_service.explanations.all_families import FAMILIES
from course_service.explanations.entry import Family


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


if __name__ == "__main__":
    write_or_compare("hints.md", Path(__file__).name, render_table() + "\n", "course_service/explanations")
