"""Looking after something while a block runs, in a thread beside it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WATCH_SECONDS = 1.0


@contextmanager
def watching(name: str, look: Callable[[], None], seconds: float = WATCH_SECONDS) -> Iterator[None]:
    """Call `look` every `seconds` while the block runs; at its end, the last call has returned."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(seconds):
            look()

    watcher = threading.Thread(target=watch, name=name, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
