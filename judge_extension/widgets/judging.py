"""One attempt, from the click to the verdict, as a learner can watch it.

No widgets here: it calls back with the progress, and returns the finished attempt or raises `DoorError`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from judge_extension.widgets.server_door import DoorError, ServerDoor

KEPT_LINES = 300
POLL_SECONDS = 1.5
MOST_SILENT_POLLS = 8
LONGEST_ATTEMPT_SECONDS = 1800.0

Attempt = dict[str, Any]


@dataclass
class Progress:
    """What is known of a running attempt."""

    message: str = "Sending your folder to the judge"
    step: int = 0
    steps: int = 0
    place: int | None = None
    """How many attempts are before this one, while it waits for its turn."""
    log: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def take(self, event: dict[str, Any]) -> None:
        if isinstance(event.get("log"), str):
            self.log.append(event["log"])
        if isinstance(event.get("message"), str):
            self.message = event["message"]
            place = event.get("place")
            self.place = place if isinstance(place, int) and place >= 0 else None
        for name in ("step", "steps"):
            if isinstance(event.get(name), int):
                setattr(self, name, max(0, event[name]))


def has_passed(attempt: Attempt) -> bool:
    result = attempt.get("result")
    return isinstance(result, dict) and result.get("graded") is True and result.get("passed") is True


class Judging:
    """Submits a lab's folder and follows the attempt; a second submission joins the one that runs."""

    def __init__(self, door: ServerDoor, on_progress: Callable[[Progress], None]) -> None:
        self._door = door
        self._on_progress = on_progress
        self._pause = threading.Event()  # never set: waiting on it is a pause that ends with the process

    def submit(self, slug: str) -> Attempt:
        self._on_progress(Progress())
        try:
            attempt_id = self._door.post(f"api/judge/{slug}").get("attempt_id")
        except DoorError as refusal:
            if refusal.code != "attempt_running" or refusal.attempt_id is None:
                raise
            attempt_id = refusal.attempt_id
        if not isinstance(attempt_id, int):
            raise DoorError("The judge's answer cannot be read.", "Press Check again in a minute.")
        return self.follow(attempt_id)

    def follow(self, attempt_id: int) -> Attempt:
        progress = Progress("Waiting for the judge")
        self._on_progress(progress)
        try:
            for name, event in self._door.events(attempt_id):
                if name == "result" and event.get("status") == "finished":
                    return event
                if name == "progress":
                    progress.take(event)
                    self._on_progress(progress)
        except DoorError as lost:
            if not lost.may_pass:
                raise
        return self._ask_until_finished(attempt_id, progress)

    def _ask_until_finished(self, attempt_id: int, progress: Progress) -> Attempt:
        """The stream was lost. The attempt goes on without it, and so do we."""
        progress.place = None  # nobody tells us any more
        give_up_at = time.monotonic() + LONGEST_ATTEMPT_SECONDS
        silent = 0
        while time.monotonic() < give_up_at:
            try:
                attempt = self._door.get(f"api/attempts/{attempt_id}")
                silent = 0
            except DoorError as error:
                silent += 1
                if silent == MOST_SILENT_POLLS or not error.may_pass:
                    raise
            else:
                if attempt.get("status") == "finished":
                    return attempt
            self._on_progress(progress)
            self._pause.wait(POLL_SECONDS)
        raise DoorError("The judge has not finished in half an hour.", "Press Check to try again.")
