"""Progress as a log and as a terminal show it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from operator_cli.progress import Progress


def test_a_log_gets_plain_lines(progress: Progress, told: io.StringIO):
    with progress.step("Building"):
        progress.update("Step 1 of 2: RUN [x]")
    lines = told.getvalue().splitlines()
    assert lines[:2] == ["Building", "  Step 1 of 2: RUN [x]"]
    assert lines[2].startswith("Building: done in 0.")


def test_a_step_that_fails_is_not_called_done(progress: Progress, told: io.StringIO):
    with pytest.raises(ValueError, match="x"), progress.step("Building"):
        raise ValueError("x")
    assert told.getvalue() == "Building\n"


def test_a_terminal_gets_one_moving_line_and_one_that_stays():
    screen = io.StringIO()
    progress = Progress(Console(file=screen, force_terminal=True, width=80))
    with progress.step("Building"), progress.step("The base"):
        progress.update("[bold]Step 1[/bold]")
    shown = screen.getvalue()
    assert "The base: [bold]Step 1[/bold]" in shown  # never read as markup
    assert "The base: done in" in shown
    assert "Building: done in" in shown
