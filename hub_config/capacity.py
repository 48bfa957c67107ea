"""How many sessions fit a machine's memory."""

from __future__ import annotations

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
