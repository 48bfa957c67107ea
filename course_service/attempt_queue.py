"""Attempts in their order: a few judged at once, one unfinished attempt a learner.

One attempt a learner, first come, first served: that is what makes it fair. Judging blocks, so it happens in
threads; what it says goes to `AttemptEvents` and its verdict to the `Store`. An attempt that was taken always
ends with a stored verdict: where the judge itself fails, "not graded".
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from hub_config.settings import Settings
from spawner.errors import SpawnerError

from .attempt_events import AttemptEvent, AttemptEvents
from .catalogue import Lab
from .errors import AttemptRunning
from .judge import judge, not_graded
from .progress import Progress
from .sandbox_stock import CLOSE_SECONDS, SandboxSource
from .store import Store
from .submission import Submission
from .verdict import JudgeResult

log = logging.getLogger(__name__)

STOPPED = "The judge was stopped before it was done with your folder. Please press Check again."
UNAVAILABLE = (
    "The judge could not start a sandbox. Your folder was not judged; please tell your course staff."
)
BROKEN = "The judge met an error of its own. Your folder was not judged; please tell your course staff."
WAITING = "Waiting for your turn"


class AttemptQueue:
    """First come, first served, `Settings.judge_sandboxes` at once."""

    def __init__(self, settings: Settings, store: Store, sandboxes: SandboxSource) -> None:
        self._store = store
        self._sandboxes = sandboxes
        self._threads = ThreadPoolExecutor(settings.judge_sandboxes, thread_name_prefix="judge")
        self._waiting_lock = threading.Lock()
        self._waiting: dict[int, int] = {}  # attempt, in their order, to the steps of its lab
        self._unfinished: dict[str, int] = {}  # learner to attempt; 0 while it is being written down
        self._events: dict[int, AttemptEvents] = {}
        self._closing = threading.Event()

    def refuse_second(self, user: str) -> None:
        """Raise `AttemptRunning` while the learner's last attempt runs."""
        attempt_id = self._unfinished.get(user)
        if attempt_id is not None:
            raise AttemptRunning(attempt_id)

    async def submit(self, user: str, server_name: str | None, lab: Lab, submission: Submission) -> int:
        """Take an attempt and return its number. Raises `AttemptRunning`."""
        self.refuse_second(user)
        self._unfinished[user] = 0
        try:
            attempt = await asyncio.to_thread(
                self._store.add_attempt,
                user=user,
                server_name=server_name,
                lab=lab.slug,
                submission=submission,
                if_interrupted=not_graded(lab, submission, STOPPED),
            )
        except BaseException:
            del self._unfinished[user]
            raise
        self._unfinished[user] = attempt.id
        events = self._events[attempt.id] = AttemptEvents(asyncio.get_running_loop())
        with self._waiting_lock:
            self._waiting[attempt.id] = len(lab.description.checks) + 1
        self._tell_places()
        self._threads.submit(self._work, attempt.id, user, lab, submission, events)
        log.info("Attempt %s of %s on %s was taken", attempt.id, user, lab.slug)
        return attempt.id

    def events(self, attempt_id: int) -> AttemptEvents | None:
        """The events of an attempt that has not ended."""
        return self._events.get(attempt_id)

    def close(self) -> None:
        """Destroy the sandboxes of running attempts, and wait until each attempt has its verdict."""
        self._closing.set()
        waiting = threading.Thread(target=self._threads.shutdown)
        waiting.start()
        deadline = time.monotonic() + CLOSE_SECONDS
        while waiting.is_alive() and time.monotonic() < deadline:
            self._sandboxes.destroy_all()  # again and again: one may only just be starting
            waiting.join(0.2)
        if waiting.is_alive():
            log.error("Attempts did not end in time")

    def _work(
        self, attempt_id: int, user: str, lab: Lab, submission: Submission, events: AttemptEvents
    ) -> None:
        started = time.monotonic()
        attempt = None
        with self._waiting_lock:
            del self._waiting[attempt_id]
        self._tell_places()
        try:
            result = self._judge(attempt_id, user, lab, submission, events)
            attempt = self._store.finish_attempt(attempt_id, result)
            log.info(
                "Attempt %s of %s on %s: %s (%.1f s)",
                attempt_id,
                user,
                lab.slug,
                _outcome(result),
                time.monotonic() - started,
            )
        except SQLAlchemyError:
            log.exception("Attempt %s of %s on %s could not be stored", attempt_id, user, lab.slug)
        finally:
            # Before anybody reads the verdict, so that the next attempt is taken as soon as it is read.
            del self._unfinished[user]
            del self._events[attempt_id]
            if attempt is not None:
                events.publish(AttemptEvent("result", attempt.to_json()))
            events.end()

    def _judge(
        self, attempt_id: int, user: str, lab: Lab, submission: Submission, events: AttemptEvents
    ) -> JudgeResult:
        def publish(progress: Progress) -> None:
            events.publish(AttemptEvent("progress", dict(progress)))

        if self._closing.is_set():
            return not_graded(lab, submission, STOPPED)
        self._store.mark_running(attempt_id)
        try:
            result = judge(
                lab, submission, lambda: self._sandboxes.open(lab.description.egress, user), publish
            )
            if not result.graded and self._closing.is_set():
                return not_graded(lab, submission, STOPPED)
            return result
        except SpawnerError as error:
            log.exception("Attempt %s of %s on %s: no sandbox: %s", attempt_id, user, lab.slug, error)
            return not_graded(lab, submission, STOPPED if self._closing.is_set() else UNAVAILABLE)
        except Exception:  # whatever it was, the learner gets a verdict that is not "failed"
            log.exception("Attempt %s of %s on %s: the judge broke", attempt_id, user, lab.slug)
            return not_graded(lab, submission, BROKEN)

    def _tell_places(self) -> None:
        """Tell every attempt that waits how many are before it."""
        with self._waiting_lock:
            for place, (attempt_id, steps) in enumerate(self._waiting.items()):
                progress = {"message": WAITING, "place": place, "step": 0, "steps": steps}
                self._events[attempt_id].publish(AttemptEvent("progress", progress))


def _outcome(result: JudgeResult) -> str:
    if not result.graded:
        return f"not graded: {result.notes.fault}"
    return "passed" if result.passed else ", ".join(failure.code for failure in result.failures)
