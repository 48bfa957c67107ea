"""Runs the warm pool beside a hub, in its process: there, it knows the hub's places for sessions."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jupyterhub.app import JupyterHub

from .lab_spawner import LabSpawner

_LOOK_SECONDS = 0.5

log = logging.getLogger(__name__)
_running: set[asyncio.Task[None]] = set()


@dataclass
class _Nobody:
    """In a learner's place, for a spawner that is asked for the course's settings alone."""

    settings: dict[str, Any]
    name: str = "nobody"


def keep_pool_with_hub() -> None:
    """To be called in JupyterHub's configuration file, which a hub reads in its event loop.

    JupyterHub has no hook for what runs beside it. A command that only reads the configuration has no loop.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    task = loop.create_task(_keep_pool(JupyterHub.instance()))
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _keep_pool(hub: JupyterHub) -> None:
    while getattr(hub, "http_server", None) is None:  # until all sessions that run already have their places
        await asyncio.sleep(_LOOK_SECONDS)
    spawner = LabSpawner(user=_Nobody(hub.tornado_settings), config=hub.config)

    def wanted() -> int:
        return min(spawner.wanted_pool(datetime.now(UTC)), spawner.places.free)

    try:
        await spawner.pool.keep(spawner.maker, wanted, lambda: spawner.places.is_starting)
    except Exception:  # none that is foreseen; sessions then start cold
        log.exception("Sessions are no longer kept ready")
