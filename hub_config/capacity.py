"""How many sessions run at once: as many as fit the machine's memory, or as the operator says."""

from __future__ import annotations

import os

from .settings import Settings

GIBIBYTE = 1024**3
SESSION_BYTES = 3 * GIBIBYTE // 2
SYSTEM_BYTES = 2 * GIBIBYTE  # the hub, its services, the engine and the page cache they need


def count_sessions(memory_bytes: int, judge_sandboxes: int) -> int:
    """Sessions that fit a machine of `memory_bytes`, each given all that it may use; never less than one.

    >>> count_sessions(24 * 1024**3, judge_sandboxes=2)
    12
    """
    free_bytes = memory_bytes - SYSTEM_BYTES - judge_sandboxes * SESSION_BYTES
    return max(1, free_bytes // SESSION_BYTES)


def allowed_sessions(settings: Settings) -> int:
    """How many sessions this machine runs at once."""
    return settings.sessions or count_sessions(read_memory_bytes(), settings.judge_sandboxes)


def read_memory_bytes() -> int:
    """This machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
