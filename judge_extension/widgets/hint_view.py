"""The Hint button, and below it the hint; where an AI may answer, a field for a question of one's own."""

from __future__ import annotations

import math
import time
from concurrent.futures import Future

from ipywidgets import HTML, Button, HBox, Text, VBox

from judge_extension.widgets.hint_answer import HintAnswer, HintMode
from judge_extension.widgets.hint_desk import HintDesk
from judge_extension.widgets.hint_rendering import render_offer
from judge_extension.widgets.rendering import render_notice

MOST_QUESTION_CHARACTERS = 1_000


class HintView(VBox):
    """Not to be seen while the course gives no hints. `button` has its place beside Check."""

    def __init__(self, desk: HintDesk) -> None:
        self._desk = desk
        self.button = Button(icon="lightbulb-o", tooltip="One step further, not the solution")
        self._offer_view = HTML()
        self._question = Text(
            description="Question",
            placeholder="About this lab, in your own words (optional)",
            layout={"flex": "1"},
            style={"description_width": "initial"},
        )
        self._ask_button = Button(description="Ask", icon="question", tooltip="An AI answers your question")
        self._ask_button.layout.width = "auto"
        self._question_row = HBox([self._question, self._ask_button])
        self._answer_view = HTML()
        super().__init__([self._offer_view, self._question_row, self._answer_view])
        self.button.on_click(lambda _button: self.hint())
        self._ask_button.on_click(lambda _button: self.ask(self._question.value))
        desk.watch(self._paint)
        self._paint()

    def hint(self) -> Future[HintAnswer]:
        """What the Hint button does."""
        return self._desk.ask("hint", {}, self._show)

    def ask(self, question: str) -> Future[HintAnswer] | None:
        """What the Ask button does; None where there is nothing to ask."""
        question = question.strip()
        if not question:
            self._show(render_notice("Write your question first.", kind="info"))
        elif len(question) > MOST_QUESTION_CHARACTERS:
            most = f"{MOST_QUESTION_CHARACTERS:,}"
            self._show(render_notice(f"A question has at most {most} characters.", "Make it shorter."))
        else:
            return self._desk.ask("hint", {"question": question}, self._show)
        return None

    def clear(self) -> None:
        """What was answered is no longer about what is there."""
        self._show("")

    def _show(self, page: str) -> None:
        self._answer_view.value = page

    def _paint(self) -> None:
        offer, now = self._desk.offer, time.monotonic()
        self.layout.display = self.button.layout.display = None if offer else "none"
        if offer is None:
            return
        wait = math.ceil(offer.wait_at(now))
        self.button.description = f"Hint in {wait} s" if wait else offer.label
        self.button.disabled = self._ask_button.disabled = not self._desk.may_ask
        self._question_row.layout.display = None if offer.mode is HintMode.AI else "none"
        self._offer_view.value = render_offer(offer, now)
