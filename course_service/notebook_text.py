"""The text of a lab's notebook, as its learners read it: the Markdown cells, in order."""

from __future__ import annotations

import json


def read_notebook_text(notebook: bytes) -> str:
    """The Markdown cells of an .ipynb file, a blank line between. Raises `ValueError` for other files."""
    content = json.loads(notebook)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise ValueError("not a notebook: it has no cells")
    texts = [_source(cell) for cell in cells if cell.get("cell_type") == "markdown"]
    return "\n\n".join(text.strip() for text in texts if text.strip())


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source", "")
    return "".join(source) if isinstance(source, list) else str(source)
