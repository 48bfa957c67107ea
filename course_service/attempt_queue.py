"""Attempts in their order: a few judged at once, one unfinished attempt a learner.

Judging blocks, so it happens in threads; what it says goes to `AttemptEvents` and its verdict to the `Store`.
An attempt that was taken always ends with a stored verdict: where the judge itself fails, "not graded".
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.exc import SQLAlchemyError

from hub_config.settings import Settings
from spawner.errors import SpawnerError

from .attempt_events import AttemptEvent, AttemptEvents
from .catalogue import Lab
from .errors import AttemptRunning
from .judge import SandboxFactory, judge, not_graded, sandbox_factory
from .progress import Progress
from .sandbox import destroy_sandbox, new_sandbox_name
from .store import Store
from .submission import Submission
from .verdict import JudgeResult

log = logging.getLogger(__name__)

STOPPED = "The judge was stopped before it was done with your folder. Please press Check again."
UNAVAILABLE = (
    "The judge could not start a sandbox. Your folder was not judged; please tell your course staff."
)
BROKEN = "The judge met an error of its own. Your folder was not judged; please tell your course staff."
CLOSE_SECONDS = 4.0  # the hub kills a service 5 s after it was told to stop

OpenSandbox = Callable[[Settings, Lab, str, str], SandboxFactory]


class AttemptQueue:
    """First come, first served, `Settings.judge_sandboxes` at once."""

    def __init__(self, settings: Settings, store: Store, open_sandbox: OpenSandbox = sandbox_factory) -> None:
        self._settings = settings
        self._store = store
        self._open_sandbox = open_sandbox
        self._threads = ThreadPoolExecutor(settings.judge_sandboxes, thread_name_prefix="judge")
        self._lock = threading.Lock()
        self._unfinished: dict[str, int] = {}  # learner to attempt; 0 while it is being written down
        self._events: dict[int, AttemptEvents] = {}
        self._sandboxes: set[str] = set()
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
            # Again and again: one may only just be starting.
            for name in self._names_of_sandboxes():
                self._destroy(name)
            waiting.join(0.2)
        if waiting.is_alive():
            log.error("Attempts did not end in time; their sandboxes: %s", self._names_of_sandboxes())

    def _work(
        self, attempt_id: int, user: str, lab: Lab, submission: Submission, events: AttemptEvents
    ) -> None:
        started = time.monotonic()
        attempt = None
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
        name = new_sandbox_name(self._settings)
        with self._lock:
            self._sandboxes.add(name)
        try:
            result = judge(lab, submission, self._open_sandbox(self._settings, lab, user, name), publish)
            if not result.graded and self._closing.is_set():
                return not_graded(lab, submission, STOPPED)
            return result
        except SpawnerError as error:
            log.exception("Attempt %s of %s on %s: no sandbox: %s", attempt_id, user, lab.slug, error)
            return not_graded(lab, submission, STOPPED if self._closing.is_set() else UNAVAILABLE)
        except Exception:  # whatever it was, the learner gets a verdict that is not "failed"
            log.exception("Attempt %s of %s on %s: the judge broke", attempt_id, user, lab.slug)
            return not_graded(lab, submission, BROKEN)
        finally:
            with self._lock:
                self._sandboxes.discard(name)

    def _names_of_sandboxes(self) -> list[str]:
        with self._lock:
            return sorted(self._sandboxes)

    def _destroy(self, name: str) -> None:
        try:
            destroy_sandbox(self._settings, name)
        except Exception:  # the attempt's own thread removes it too; stopping goes on
            log.warning("Sandbox %s could not be removed yet", name, exc_info=True)


def _outcome(result: JudgeResult) -> str:
    if not result.graded:
        return f"not graded: {result.notes.fault}"
    return "passed" if result.passed else ", ".join(failure.code for failure in result.failures)
