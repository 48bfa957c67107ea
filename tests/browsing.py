"""A real Chromium for tests, and what every test waits for in JupyterLab."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright

_DEAF = Path(__file__).parent / "deaf_chromium.py"
_NAMES = ("chromium", "google-chrome")  # else Playwright's own, which `playwright install` brings
_MOST_CLICKS = 20
_SETTLE_MILLISECONDS = 250
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch_chromium(playwright: Playwright) -> Browser:
    """The machine's Chromium; without one the test fails, and says what would mend it."""
    environment = {**os.environ, "CHROMIUM": str(find_chromium(playwright))}
    return playwright.chromium.launch(executable_path=_DEAF, env=environment, args=CHROMIUM_ARGUMENTS)


def find_chromium(playwright: Playwright) -> Path:
    """The machine's Chromium, or Playwright's."""
    program = Path(next(filter(None, map(shutil.which, _NAMES)), playwright.chromium.executable_path))
    if not program.exists():
        pytest.fail("This test needs Chromium; run: make test (or apt-get install chromium)", pytrace=False)
    return program


def wait_for_lab(page: Page, seconds: float = 60) -> None:
    """Returns when notebook and terminal are open and JupyterLab has moved the focus for the last time."""
    page.wait_for_selector(".jp-Terminal .xterm-screen", timeout=seconds * 1000)
    # The indicator calls a kernel idle that still starts; the status bar does not, and the notebook takes the
    # focus once more when its kernel is there.
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=seconds * 1000)


def type_in_terminal(page: Page, line: str) -> None:
    """Types a line and Enter, as a learner would."""
    focused = page.locator(".jp-Terminal textarea:focus")
    for _ in range(_MOST_CLICKS):  # JupyterLab may take the focus back once while it still opens things
        page.click(".jp-Terminal .xterm-screen")
        page.wait_for_timeout(_SETTLE_MILLISECONDS)
        if focused.count() == 1:
            break
    page.keyboard.insert_text(line)
    assert focused.count() == 1, "the focus left the terminal while the line was typed"
    page.keyboard.press("Enter")


def reach_by_tab(page: Page, control: Locator, most: int = 30) -> None:
    """Moves the focus to the control as who has no mouse does; it can be seen there."""
    control.wait_for()
    for _ in range(most):
        page.keyboard.press("Tab")
        if control.evaluate("control => control === document.activeElement"):
            break
    shown = control.evaluate(
        "control => [getComputedStyle(control)].map(s => [s.outlineStyle, s.boxShadow])[0]"
    )
    assert shown != ["none", "none"], f"{control} has no focus, or none that can be seen"


def run_the_panels_cell(page: Page) -> None:
    """Runs the notebook's one code cell, as its text tells learners to; returns when it shows the panel."""
    page.click(".jp-Notebook .jp-CodeCell .cm-content")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content:focus")
    page.keyboard.press("Shift+Enter")
    page.locator(".cl-panel").get_by_role("button", name="Check").wait_for(timeout=60_000)
