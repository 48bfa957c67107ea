"""Starts take turns: as many at once as the processors have use for.

A start is mostly work for a processor. When a class comes in at once, all starts side by side are as slow as
all of them together, and then late for their time limit; in turn, the first are ready after a moment, the
middle one after half the time, and the last no later.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jupyterhub.spawner import LoggingConfigurable, SpawnException
from traitlets import Integer, default

_TURNS = "containrlab_start_turns"


class StartTurns(LoggingConfigurable):
    """Mixed into a spawner of JupyterHub's, before it."""

    starts_at_once = Integer(
        min=1,
        config=True,
        help="""How many sessions are made at once; later ones wait for their turn, a few seconds each.

        Twice as many as processors by default: half of a start is not its own processor's work.""",
    )

    @default("starts_at_once")
    def _default_starts_at_once(self) -> int:
        return 2 * len(os.sched_getaffinity(0))

    @asynccontextmanager
    async def start_turn(self) -> AsyncIterator[None]:
        """Wait for this start's turn, first come first served, and have it while the block runs.

        Raises `SpawnException` where the session was stopped meanwhile: JupyterHub does not end a start then.
        """
        settings: dict[str, Any] = self.user.settings  # the hub's own: all its users have one
        turns = settings.setdefault(_TURNS, asyncio.Semaphore(self.starts_at_once))
        waits = turns.locked()
        async with turns:
            if waits and self.pending != "spawn":
                raise SpawnException("Your session was stopped.", reason="stopped", status_code=503)
            yield
