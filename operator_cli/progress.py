"""What a long step is doing and how far it is, on standard error.

At a terminal one line with a spinner and the elapsed time; elsewhere (a log, a pipe, CI) plain lines that
are never rewritten.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as RichProgress
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn


class Progress:
    """Reports steps, one inside another where a step has parts."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._steps: list[str] = []
        self._live: RichProgress | None = None

    @contextmanager
    def step(self, message: str) -> Iterator[None]:
        """Say what is being done, and at its end how long it took."""
        started = time.monotonic()
        self._steps.append(message)
        try:
            if self._live is None:
                with self._spinner():
                    self._show(message)
                    yield
            else:
                self._show(message)
                yield
        finally:
            self._steps.pop()
        self.say(f"{message}: done in {time.monotonic() - started:.1f} s")

    def update(self, detail: str) -> None:
        """Say how far the running step is."""
        text = f"{self._steps[-1]}: {detail}" if self._steps and self._live else f"  {detail}"
        self._show(text)

    def say(self, line: str) -> None:
        """One line that stays."""
        self._print(line)

    def warn(self, line: str) -> None:
        """One line that stays, and that the operator should see."""
        self._print(f"warning: {line}", style="yellow")

    def _show(self, text: str) -> None:
        if self._live is None:
            self._print(text)
        else:
            width = max(20, self._console.width - 15)
            self._live.update(self._live.task_ids[0], description=escape(text[:width]))

    def _print(self, line: str, style: str | None = None) -> None:
        self._console.print(line, style=style, markup=False, soft_wrap=True)

    @contextmanager
    def _spinner(self) -> Iterator[None]:
        if not self._console.is_terminal:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with RichProgress(*columns, console=self._console, transient=True) as live:
            live.add_task("", total=None)
            self._live = live
            try:
                yield
            finally:
                self._live = None
