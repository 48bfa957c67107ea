"""The explained solution below a lab's result: a button once the learner has passed, then what it opens.

It is fetched when it is asked for. Before a pass there is nothing to fetch: the course service keeps it.
"""

from __future__ import annotations

import threading

from ipywidgets import HTML, Button, VBox

from judge_extension.widgets.rendering import render_notice
from judge_extension.widgets.server_door import DoorError, ServerDoor
from judge_extension.widgets.solution_rendering import render_solution

SHOW, HIDE = "Show the solution explained", "Hide the solution"


class SolutionView(VBox):
    """Not to be seen until `offer` is called."""

    def __init__(self, slug: str, door: ServerDoor) -> None:
        self._path = f"api/labs/{slug}/solution"
        self._door = door
        self._page = ""
        self._button = Button(
            description=SHOW, icon="lightbulb-o", tooltip="One good way to do this lab, and why it is one"
        )
        self._button.layout.width, self._button.layout.align_self = "auto", "flex-start"
        self._button.on_click(lambda _button: self.toggle())
        self._view = HTML()
        super().__init__([self._button, self._view])
        self.layout.display = "none"

    def offer(self) -> None:
        """The learner has passed the lab."""
        self.layout.display = None

    def toggle(self) -> None:
        """What the button does: shows the solution, or puts it away."""
        if self._button.description == HIDE:
            self._show("", SHOW)
        elif self._page:
            self._show(self._page, HIDE)
        else:
            self._button.disabled = True
            threading.Thread(target=self._fetch, daemon=True).start()

    def _fetch(self) -> None:
        try:
            self._page = render_solution(self._door.get(self._path))
        except DoorError as error:
            self._show(render_notice(error.message, error.hint), SHOW)
        else:
            self._show(self._page, HIDE)
        finally:
            self._button.disabled = False

    def _show(self, page: str, description: str) -> None:
        # The page last: whoever sees it can already press the button for what it says then.
        self._button.description = description
        self._view.value = page
