"""Calls something often asked for not more often than a page can bear, and never forgets the last time.

A build prints thousands of lines; each would be a message to the browser.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Paced:
    """`ask` runs the action now or a moment later; `stop` drops what is due and waits for what runs."""

    def __init__(self, action: Callable[[], None], seconds: float = 0.2) -> None:
        self._action = action
        self._seconds = seconds
        self._lock = threading.RLock()
        self._due: threading.Timer | None = None
        self._last = -seconds
        self._is_stopped = False

    def ask(self) -> None:
        with self._lock:
            if self._due or self._is_stopped:
                return
            wait = self._last + self._seconds - time.monotonic()
            if wait <= 0:
                self._run()
                return
            self._due = threading.Timer(wait, self._run)
            self._due.daemon = True
            self._due.start()

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            if self._due:
                self._due.cancel()

    def _run(self) -> None:
        with self._lock:
            self._due = None
            if not self._is_stopped:
                self._last = time.monotonic()
                self._action()
