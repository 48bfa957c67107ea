"""Explain this error: beside a failed check already filled with its log, and open to any other error."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from ipywidgets import HTML, Button, HBox, Textarea, ToggleButton, VBox

from judge_extension.widgets.hint_answer import HintAnswer
from judge_extension.widgets.hint_desk import HintDesk
from judge_extension.widgets.rendering import render_notice

MOST_TEXT_CHARACTERS = 20_000
SHOW, HIDE = "Another error…", "Hide the text"


class ExplainView(VBox):
    """Not to be seen while the course gives no hints."""

    def __init__(self, desk: HintDesk) -> None:
        self._desk = desk
        self._has_error = False
        self._button = Button(
            description="Explain this error",
            icon="search",
            tooltip="What the error means, and what to look at",
        )
        self._toggle = ToggleButton(
            description=SHOW, icon="pencil", tooltip="See what is explained, or paste another error"
        )
        self._button.layout.width = self._toggle.layout.width = "auto"
        self._text = Textarea(
            description="Error",
            placeholder="Paste an error, or a piece of a log or of a Dockerfile",
            rows=8,
            layout={"width": "auto"},
            style={"description_width": "initial"},
        )
        self._answer_view = HTML()
        super().__init__([HBox([self._button, self._toggle]), self._text, self._answer_view])
        self._button.on_click(lambda _button: self.explain(self._text.value))
        self._toggle.observe(lambda _change: self._paint(), "value")
        desk.watch(self._paint)
        self.fill("")

    def fill(self, text: str) -> None:
        """What a failed check left to be explained; nothing where it left nothing."""
        self._text.value = text[-MOST_TEXT_CHARACTERS:]
        self._has_error = bool(text)
        self._toggle.value = False
        self._show("")
        self._paint()

    def explain(self, text: str) -> Future[HintAnswer] | None:
        """What the Explain button does; None where there is nothing to explain."""
        text = text.strip()[-MOST_TEXT_CHARACTERS:]  # the end of a log is where the error is
        if text:
            return self._desk.ask("explain", {"text": text}, self._show)
        self._show(render_notice("Paste an error first.", kind="info"))
        return None

    def _show(self, page: str) -> None:
        self._answer_view.value = page

    def _paint(self, *_: Any) -> None:
        is_open = self._toggle.value
        self.layout.display = None if self._desk.offer else "none"
        self._button.layout.display = None if self._has_error or is_open else "none"
        self._button.disabled = not self._desk.may_ask
        self._text.layout.display = None if is_open else "none"
        self._toggle.description = HIDE if is_open else SHOW if self._has_error else "Explain an error…"
