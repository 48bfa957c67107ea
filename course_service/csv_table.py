"""Tables as CSV (RFC 4180, UTF-8) that a spreadsheet opens as text, whatever learners are called.

A cell that begins as a formula does gets an apostrophe before it, as OWASP advises against CSV injection:
https://owasp.org/www-community/attacks/CSV_Injection. The writer encloses commas, quotes and line ends in
quotes, so that no cell can begin another.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

Cell = str | int | bool | None

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as CSV, each with its line end; None is an empty cell, and a truth ``true`` or ``false``."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_as_text(cell) for cell in row] for row in rows)
    return text.getvalue()


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and cell.startswith(_BEGINS_A_FORMULA):
        return f"'{cell}"
    return str(cell)
