"""Stopping a command that has things to put away: by Ctrl-C, by a signal, once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Leave(KeyboardInterrupt):
    """Stop, as at Ctrl-C, but leave the sessions to the next `containrlab up`."""


@contextmanager
def stop_by_signal() -> Iterator[None]:
    """Let SIGTERM and a closed terminal do what Ctrl-C does, and SIGUSR1 raise `Leave`.

    Only the first signal counts: to interrupt the stopping too would leave things behind.
    """
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)

    def stop(number: int, _frame: FrameType | None) -> None:
        for one in numbers:
            signal.signal(one, signal.SIG_IGN)
        raise Leave if number == signal.SIGUSR1 else KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
