"""Looking after something while a block runs, in a thread beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WATCH_SECONDS = 1.0


@contextmanager
def watching(name: str, look: Callable[[], None]) -> Iterator[None]:
    """Call `look` each second while the block runs; at its end, the last call has returned."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(WATCH_SECONDS):
            look()

    watcher = threading.Thread(target=watch, name=name, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
