"""How much the hub lets run at once on this machine."""

from __future__ import annotations

import os

from traitlets.config import Config

from .settings import Settings

GIBIBYTE = 1024**3
SESSION_BYTES = 3 * GIBIBYTE // 2
SYSTEM_BYTES = 2 * GIBIBYTE  # the hub, its services, the engine and the page cache they need


def configure_limits(c: Config, settings: Settings) -> None:
    """As many sessions as fit the memory beside the judge's sandboxes, and never less than one."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    c.JupyterHub.active_server_limit = count_sessions(memory_bytes, settings.judge_sandboxes)


def count_sessions(memory_bytes: int, judge_sandboxes: int) -> int:
    """Sessions that fit a machine of `memory_bytes`, each given all that it may use.

    >>> count_sessions(24 * 1024**3, judge_sandboxes=2)
    12
    """
    free_bytes = memory_bytes - SYSTEM_BYTES - judge_sandboxes * SESSION_BYTES
    return max(1, free_bytes // SESSION_BYTES)
