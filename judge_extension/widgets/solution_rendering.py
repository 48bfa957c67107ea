"""The explained solution as HTML. Pure: a value in, a string out."""

from __future__ import annotations

from typing import Any

from judge_extension.widgets.markdown import render_markdown
from judge_extension.widgets.rendering import esc

MOST_FILE_CHARACTERS = 70_000  # a little more than what the course service sends of one file


def render_solution(solution: dict[str, Any]) -> str:
    """What the course service answered: the words, and below them each file folded away."""
    explanation, files = solution.get("explanation"), solution.get("files")
    words = render_markdown(explanation) if isinstance(explanation, str) else ""
    folds = (
        "".join(_file(file) for file in files if isinstance(file, dict)) if isinstance(files, list) else ""
    )
    return (
        '<section class="cl-solution" aria-label="The solution explained">'
        '<p class="cl-quiet">One good way to do it. Yours may well be different, and as good.</p>'
        f"{words}{folds}</section>"
    )


def _file(file: dict[str, Any]) -> str:
    path = esc(file.get("path", ""), 300)
    # A browser leaves out one line break at the start of <pre>: this one, and not the file's own.
    content = "\n" + esc(file.get("content", ""), MOST_FILE_CHARACTERS)
    return (
        f'<details class="cl-fold"><summary><code>{path}</code></summary>'
        f'<pre class="cl-log" tabindex="0" role="region" aria-label="{path}">{content}</pre></details>'
    )
