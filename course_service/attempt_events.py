"""What happened in one attempt so far, for any number of readers that each follow it from the start.

Written from the attempt's thread, read on the event loop; bounded, whatever a build prints.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, NamedTuple

MOST_EVENTS = 5000
KEEP_ALIVE_SECONDS = 15.0


class AttemptEvent(NamedTuple):
    """A server-sent event: `progress` or `result`."""

    name: str
    data: dict[str, Any]


class AttemptEvents:
    """Grows until it is told that it has ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._events: list[AttemptEvent] = []
        self._changed = asyncio.Event()
        self._has_ended = False

    def publish(self, event: AttemptEvent) -> None:
        """Add an event; to be called from any thread."""
        self._on_loop(lambda: self._append(event))

    def end(self) -> None:
        """Let readers go once they have read all; to be called from any thread."""
        self._on_loop(self._end)

    async def follow(self, keep_alive: float = KEEP_ALIVE_SECONDS) -> AsyncIterator[AttemptEvent | None]:
        """Every event from the first; None after `keep_alive` seconds without one."""
        position = 0
        while True:
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self._has_ended:
                return
            try:
                await asyncio.wait_for(self._changed.wait(), keep_alive)
            except TimeoutError:
                yield None

    def _on_loop(self, change: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody reads any more
            self._loop.call_soon_threadsafe(change)

    def _append(self, event: AttemptEvent) -> None:
        if event.name == "result" or len(self._events) < MOST_EVENTS:
            self._events.append(event)
        self._wake_readers()

    def _end(self) -> None:
        self._has_ended = True
        self._wake_readers()

    def _wake_readers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
