"""A lab's solution as a learner reads it after passing: the author's explanation and the solution's files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import CatalogueError, SubmissionRejected
from .submission import Submission, read_folder

SOLUTION_FOLDER = "solution"
EXPLANATION_FILE = "solution.md"
LARGEST_SHOWN_FILE = 64 * 1024
"""Bytes of a file that is shown; a larger one is left out whole."""


def read_solution(judge_folder: Path, exclude: Sequence[str]) -> Submission:
    """The solution as a submission. Raises `CatalogueError`."""
    try:
        return read_folder(judge_folder / SOLUTION_FOLDER, exclude)
    except SubmissionRejected as rejection:
        raise CatalogueError(judge_folder / SOLUTION_FOLDER, str(rejection)) from rejection


def read_solution_files(judge_folder: Path, exclude: Sequence[str]) -> list[dict[str, str]]:
    """The solution's text files by path, each ``{"path", "content"}``. Raises `CatalogueError`."""
    solution = read_solution(judge_folder, exclude)
    texts = ((path, _as_text(content)) for path, content in sorted(solution.files.items()))
    return [{"path": path, "content": text} for path, text in texts if text is not None]


def read_explanation(judge_folder: Path) -> str:
    """The explanation in Markdown; empty where the author wrote none. Raises `CatalogueError`."""
    file = judge_folder / EXPLANATION_FILE
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(file, f"cannot be read: {error}") from error


def _as_text(content: bytes) -> str | None:
    if len(content) > LARGEST_SHOWN_FILE or b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
