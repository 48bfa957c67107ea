"""The panel of a lab in its notebook: check the work, watch the check, read the verdict, ask for a hint,
start over; after a pass, the explained solution.

What waits for the server does so in a thread, so that the kernel stays free for the learner. Nothing here
decides anything: the verdict is the course service's, and a learner who edits this edits what they see.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from ipywidgets import HTML, Button, HBox, ToggleButton, VBox

from judge_extension.widgets.explain_view import ExplainView
from judge_extension.widgets.hint_desk import HintDesk
from judge_extension.widgets.hint_view import HintView
from judge_extension.widgets.judging import Attempt, Judging, Progress, has_passed
from judge_extension.widgets.paced import Paced
from judge_extension.widgets.rendering import (
    render_download,
    render_header,
    render_log,
    render_notice,
    render_progress,
    render_tip,
)
from judge_extension.widgets.result_view import ResultPage, ResultView
from judge_extension.widgets.server_door import DoorError, ServerDoor
from judge_extension.widgets.session_line import SessionLine
from judge_extension.widgets.solution_view import SolutionView
from judge_extension.widgets.style import STYLE

Answer = dict[str, Any]
log = logging.getLogger(__name__)


class LabPanel(VBox):
    """`LabPanel("lab1")` as the last line of a cell shows the lab's panel and its latest result."""

    def __init__(self, slug: str, door: ServerDoor | None = None) -> None:
        self.slug = slug
        self._door = door or ServerDoor.from_environment()
        self._lock = threading.Lock()
        self._running: Future[Answer] | None = None
        self._header = HTML(STYLE + render_header(slug, {}))
        self._check_button = Button(
            description="Check", icon="check", button_style="primary", tooltip="Send your folder to the judge"
        )
        self._reset_button = Button(
            description="Reset…", icon="undo", tooltip="Start over with the lab's own files"
        )
        self._log_toggle = ToggleButton(
            description="Show build output", icon="terminal", tooltip="The build's output as it comes"
        )
        self._log_toggle.layout.width, self._log_toggle.layout.align_self = "auto", "flex-start"
        self._log_view = HTML()
        self._progress_view = HTML()
        self._desk = HintDesk(slug, self._door)
        self._hints = HintView(self._desk)
        self._result = ResultView(ExplainView(self._desk))
        self._solution = SolutionView(slug, self._door)
        self._session = SessionLine(self._door)
        download = self._door.page_path(f"api/labs/{slug}/download")
        self._confirmation = _confirmation(slug, self.reset, self._hide_confirmation)
        super().__init__(
            [
                self._header,
                HBox(
                    [
                        self._check_button,
                        self._hints.button,
                        self._reset_button,
                        HTML(render_download(download)),
                    ]
                ),
                HTML(render_tip(slug)),
                self._session,
                self._confirmation,
                self._hints,
                self._progress_view,
                self._log_toggle,
                self._log_view,
                self._result,
                self._solution,
            ]
        )
        self.add_class("cl-panel")
        self._check_button.on_click(lambda _button: self.check())
        self._reset_button.on_click(lambda _button: self.ask_to_reset())
        self._log_toggle.observe(self._show_log_view, "value")
        self._show_idle()
        threading.Thread(target=self._load, daemon=True).start()

    def check(self) -> Future[Answer]:
        """What the Check button does. The handle's `result(timeout)` is the finished attempt.

        While a check runs this returns that check's handle. Raises nothing; `result` raises `DoorError` where
        there is no verdict.
        """
        return self._begin(lambda judging: judging.submit(self.slug), self._render_attempt)

    def reset(self) -> Future[Answer]:
        """What confirming a reset does. The handle's result says where the copy is: `{"kept_in": …}`."""
        self._hide_confirmation()
        return self._begin(lambda _judging: self._door.post(f"api/labs/{self.slug}/reset"), _render_reset)

    def ask_to_reset(self) -> None:
        """What the Reset button does: it asks first."""
        self._confirmation.layout.display = None

    def _begin(
        self, work: Callable[[Judging], Answer], render: Callable[[Answer], ResultPage]
    ) -> Future[Answer]:
        """Starts the work unless some is under way; then, the handle of that."""
        with self._lock:
            if self._running and not self._running.done():
                return self._running
            handle: Future[Answer] = Future()
            self._running = handle
        self._show_busy()
        threading.Thread(target=self._run, args=(work, render, handle), daemon=True).start()
        return handle

    def _run(
        self,
        work: Callable[[Judging], Answer],
        render: Callable[[Answer], ResultPage],
        handle: Future[Answer],
    ) -> None:
        latest = Progress()
        paint = Paced(lambda: self._show_progress(latest))

        def on_progress(progress: Progress) -> None:
            nonlocal latest
            latest = progress
            paint.ask()

        try:
            answer = work(Judging(self._door, on_progress))
            page = render(answer)
        except Exception as error:  # whoever waits for the handle gets it; the learner gets a sentence
            self._finish(paint, self._render_error(error))
            handle.set_exception(error)
        else:
            self._finish(paint, page)
            if has_passed(answer):
                self._solution.offer()
                self._hints.clear()
            handle.set_result(answer)
        self._desk.refresh()

    def _finish(self, paint: Paced, page: ResultPage) -> None:
        paint.stop()
        self._show_idle()
        self._result.show(page)

    def _load(self) -> None:
        """Shows the lab and its latest attempt; joins it where it still runs."""
        try:
            lab = self._door.get(f"api/labs/{self.slug}")
            self._header.value = STYLE + render_header(self.slug, lab)
            attempts = self._attempts()
            if attempts and attempts[0].get("status") == "finished":  # the list leaves logs out
                attempts[0] = self._door.get(f"api/attempts/{attempts[0].get('id')}")
        except DoorError as error:
            with self._lock:
                if self._running is None:
                    self._result.show(self._render_error(error))
            return
        self._desk.refresh()
        if not attempts:
            return
        if any(has_passed(attempt) for attempt in attempts):
            self._solution.offer()
        if attempts[0].get("status") == "finished":
            with self._lock:
                if self._running is None:
                    self._result.show(ResultPage.of(attempts[0], len(attempts) - 1))
        elif isinstance(attempts[0].get("id"), int):
            self._begin(lambda judging: judging.follow(attempts[0]["id"]), self._render_attempt)

    def _attempts(self) -> list[Attempt]:
        found = self._door.get(f"api/attempts?lab={self.slug}").get("attempts")
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def _render_attempt(self, attempt: Attempt) -> ResultPage:
        try:
            earlier = sum(1 for one in self._attempts() if one.get("id") != attempt.get("id"))
        except DoorError:
            earlier = 0  # the verdict is what matters, and it is here
        return ResultPage.of(attempt, earlier)

    def _render_error(self, error: Exception) -> ResultPage:
        if isinstance(error, DoorError):
            return ResultPage(render_notice(error.message, error.hint))
        log.error("The panel of %s failed", self.slug, exc_info=error)
        sentence = "The panel met an error of its own. Your work is kept."
        return ResultPage(render_notice(sentence, "Run this cell again."))

    def _show_progress(self, progress: Progress) -> None:
        self._progress_view.value = render_progress(progress)
        self._log_view.value = render_log(progress.log)

    def _show_busy(self) -> None:
        self._check_button.disabled = self._reset_button.disabled = True
        self._check_button.description = "Working…"
        self._hide_confirmation()
        self._result.show(ResultPage())
        self._log_view.value = render_log([])
        self._log_toggle.layout.display = None
        self._log_view.layout.display = None if self._log_toggle.value else "none"

    def _show_idle(self) -> None:
        self._check_button.disabled = self._reset_button.disabled = False
        self._check_button.description = "Check"
        self._progress_view.value = self._log_view.value = ""
        self._log_toggle.layout.display = self._log_view.layout.display = "none"
        self._hide_confirmation()

    def _show_log_view(self, change: dict[str, Any]) -> None:
        self._log_view.layout.display = None if change["new"] else "none"
        self._log_toggle.description = "Hide build output" if change["new"] else "Show build output"

    def _hide_confirmation(self) -> None:
        self._confirmation.layout.display = "none"


def _render_reset(answer: Answer) -> ResultPage:
    kept = answer.get("kept_in")
    where = f"What you had is kept in {kept}. " if kept else ""
    more = "To see this notebook anew as well: File menu, Reload Notebook from Disk."
    notice = render_notice("The lab's own files are back.", f"{where}Nothing was deleted. {more}", "info")
    return ResultPage(notice)


def _confirmation(slug: str, confirm: Callable[[], object], cancel: Callable[[], object]) -> VBox:
    """The question before a reset. Hidden until it is asked."""
    yes = Button(
        description="Start over", button_style="warning", tooltip="Move my files aside and start over"
    )
    no = Button(description="Keep my files", tooltip="Change nothing")
    yes.on_click(lambda _button: confirm())
    no.on_click(lambda _button: cancel())
    question = render_notice(
        "Start over with the lab's own files?",
        f"Your folder is not deleted: it moves aside, to /workspace/{slug}.before-reset- and the time.",
    )
    box = VBox([HTML(question), HBox([yes, no])])
    box.layout.display = "none"
    return box
