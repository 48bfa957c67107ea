"""The line with the session's time left, and the button that extends it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import ClassVar

from ipywidgets import HTML, Button, HBox, VBox

from judge_extension.widgets.countdown import Countdown
from judge_extension.widgets.rendering import render_notice
from judge_extension.widgets.server_door import DoorError, ServerDoor

ASK_SECONDS = 30.0
PAINT_SECONDS = 1.0


class SessionLine(VBox):
    """Shows what the course service says of the session. Without an answer it counts on, or shows nothing."""

    _newest: ClassVar[SessionLine | None] = None
    """A cell that runs again makes a new panel, and nobody tells the old one: one line of a kernel counts."""

    def __init__(self, door: ServerDoor) -> None:
        self._door = door
        self._countdown: Countdown | None = None
        self._time_view = HTML()
        self._answer_view = HTML()
        self._button = Button(icon="clock-o", tooltip="Give this session more time")
        self._button.layout.display = "none"
        self._button.layout.width = "auto"
        super().__init__([HBox([self._time_view, self._button]), self._answer_view])
        self.add_class("cl-session")
        self._button.on_click(lambda _button: self.extend())
        SessionLine._newest = self
        threading.Thread(target=self._count, daemon=True).start()

    def extend(self) -> threading.Thread:
        """What the Extend button does; the thread ends when the answer is shown."""
        self._button.disabled = True
        thread = threading.Thread(target=self._extend, daemon=True)
        thread.start()
        return thread

    def _extend(self) -> None:
        try:
            self._take("POST")
            self._answer_view.value = ""
        except DoorError as error:
            self._answer_view.value = render_notice(error.message, error.hint)
        finally:
            self._button.disabled = False

    def _count(self) -> None:
        pause = threading.Event()  # never set: waiting on it is a pause that ends with the process
        ask_at = 0.0
        while SessionLine._newest is self:
            if time.monotonic() >= ask_at:
                ask_at = time.monotonic() + ASK_SECONDS
                with suppress(DoorError):  # it counts on from what it knows, and asks again
                    self._take("GET")
            self._paint()
            pause.wait(PAINT_SECONDS)
        self.layout.display = "none"

    def _take(self, method: str) -> None:
        asked_at = time.monotonic()
        answer = self._door.get("api/session") if method == "GET" else self._door.post("api/session/extend")
        self._countdown = Countdown.of(answer, asked_at) or self._countdown
        self._paint()

    def _paint(self) -> None:
        countdown = self._countdown
        if countdown is None:
            return
        now = time.monotonic()
        self._time_view.value = countdown.render(now)
        may_extend = countdown.extensions_left > 0 and countdown.left(now) > 0
        self._button.description = f"Extend by {countdown.extension_minutes:g} minutes"
        self._button.layout.display = None if may_extend else "none"
