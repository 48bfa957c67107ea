"""How much the hub lets run at once on this machine."""

from __future__ import annotations

import os

from traitlets.config import Config

from .capacity import count_sessions
from .settings import Settings


def configure_limits(c: Config, settings: Settings) -> None:
    """As many sessions as fit the memory beside the judge's sandboxes, and never less than one."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    c.JupyterHub.active_server_limit = count_sessions(memory_bytes, settings.judge_sandboxes)
