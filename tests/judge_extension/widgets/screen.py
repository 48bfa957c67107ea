"""A panel as a learner sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ipywidgets import HTML, Button, Widget

from judge_extension.widgets import LabPanel
from judge_extension.widgets.server_door import ServerDoor

from ..live_server import LiveServer, eventually


class Screen:
    """What of a panel is to be seen, and its buttons by their names."""

    def __init__(self, panel: LabPanel) -> None:
        self.panel = panel

    def widgets(self, kind: type[Widget]) -> list[Any]:
        def visible(widget: Any) -> Iterator[Any]:
            if widget.layout.display != "none":
                yield widget
                for child in getattr(widget, "children", ()):
                    yield from visible(child)

        return [widget for widget in visible(self.panel) if isinstance(widget, kind)]

    @property
    def html(self) -> str:
        return "\n".join(widget.value for widget in self.widgets(HTML))

    def buttons(self) -> dict[str, bool]:
        return {button.description: not button.disabled for button in self.widgets(Button)}

    def click(self, name: str) -> None:
        [button] = [button for button in self.widgets(Button) if button.description == name]
        button.click()

    def shows(self, text: str) -> None:
        eventually(lambda: text in self.html, f"{text!r} is shown, but it is\n{self.html}")


def new_screen(live: LiveServer, slug: str = "lab1") -> Screen:
    return Screen(LabPanel(slug, ServerDoor(live.url, live.token)))
