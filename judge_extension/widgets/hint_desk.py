"""Where a panel's hints and explanations are asked for: one question at a time, within the course's limits.

What waits for the server does so in a thread. The limits are the course service's; what is counted here only
tells a learner beforehand.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace

from judge_extension.widgets.hint_answer import HintAnswer, HintOffer
from judge_extension.widgets.hint_rendering import render_answer
from judge_extension.widgets.paced import Paced
from judge_extension.widgets.rendering import render_notice
from judge_extension.widgets.server_door import DoorError, ServerDoor

COUNT_SECONDS = 1.0

log = logging.getLogger(__name__)


class HintDesk:
    """Knows what the agent offers for one lab; tells its views when that has changed."""

    def __init__(self, slug: str, door: ServerDoor) -> None:
        self.slug = slug
        self.offer: HintOffer | None = None
        """None where the course gives no hints, or has not said so yet."""
        self._door = door
        self._lock = threading.Lock()
        self._running: Future[HintAnswer] | None = None
        self._is_counting = False
        self._views: list[Callable[[], None]] = []

    def watch(self, repaint: Callable[[], None]) -> None:
        """`repaint` is called after each change, from any thread."""
        self._views.append(repaint)

    @property
    def is_asking(self) -> bool:
        return self._running is not None and not self._running.done()

    @property
    def may_ask(self) -> bool:
        return self.offer is not None and not self.is_asking and not self.offer.wait_at(time.monotonic())

    def refresh(self) -> None:
        """Ask what is offered; where the service does not say, what it said last stands."""
        with suppress(DoorError):
            answer = self._door.get(f"api/agent?lab={self.slug}")
            now, before = time.monotonic(), self.offer
            offer = HintOffer.of(answer, now)
            if offer is not None and before is not None and before.wait_at(now):
                offer = replace(offer, opens_at=before.opens_at)
            self.offer = offer
        self._repaint()

    def ask(self, kind: str, question: dict[str, str], show: Callable[[str], None]) -> Future[HintAnswer]:
        """Ask for a `hint` or to `explain`; `show` gets the answer as HTML while it is written.

        While another is under way this returns that one's handle. Its `result` raises `DoorError` where there
        is no answer.
        """
        with self._lock:
            if self._running is not None and not self._running.done():
                return self._running
            handle: Future[HintAnswer] = Future()
            self._running = handle
        show(render_answer(HintAnswer()))
        self._repaint()
        work = (kind, {"lab": self.slug, **question}, show, handle)
        threading.Thread(target=self._run, args=work, daemon=True).start()
        return handle

    def _run(
        self, kind: str, question: dict[str, str], show: Callable[[str], None], handle: Future[HintAnswer]
    ) -> None:
        answer = HintAnswer()
        paint = Paced(lambda: show(render_answer(answer)))
        try:
            for name, event in self._door.answer(kind, question):
                answer.take(name, event)
                self._take_left(answer)
                paint.ask()
        except Exception as error:  # whoever waits for the handle gets it; the learner gets a sentence
            paint.stop()
            show(self._render_error(error, answer))
            handle.set_exception(error)
        else:
            paint.stop()
            answer.end()
            show(render_answer(answer))
            handle.set_result(answer)
        self._repaint()  # the service may take its time to say what comes next
        self.refresh()
        self._count()

    def _take_left(self, answer: HintAnswer) -> None:
        if self.offer is not None and answer.left is not None and answer.left != self.offer.left:
            self.offer = replace(self.offer, left=answer.left, known_at=time.monotonic())
            self._repaint()

    def _render_error(self, error: Exception, answer: HintAnswer) -> str:
        if not isinstance(error, DoorError):
            log.error("A question about %s failed", self.slug, exc_info=error)
            return render_notice("The panel met an error of its own.", "Run this cell again.")
        if answer.text:
            answer.end()
            return render_answer(answer)
        if error.retry_after is not None and self.offer is not None:
            opens_at = time.monotonic() + error.retry_after
            self.offer = replace(self.offer, left=0, opens_at=opens_at)
        return render_notice(error.message, error.hint)

    def _count(self) -> None:
        """Repaints until all may be asked again, in the thread of the question that has just ended."""
        with self._lock:
            if self._is_counting:
                return
            self._is_counting = True
        pause = threading.Event()  # never set: waiting on it is a pause that ends with the process
        while self._goes_on_counting():
            self._repaint()
            pause.wait(COUNT_SECONDS)
        self.refresh()

    def _goes_on_counting(self) -> bool:
        with self._lock:
            offer = self.offer
            self._is_counting = offer is not None and offer.changes_at() > time.monotonic()
            return self._is_counting

    def _repaint(self) -> None:
        for repaint in self._views:
            repaint()
