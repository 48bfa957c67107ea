"""Removes what sessions and judge sandboxes of our instance left in the engine.

Workspaces and image stores stay: learners' work is never removed here.
"""

from __future__ import annotations

import docker
from docker.errors import APIError

from course_service.sandbox_life import Keeper, destroy_sandbox, list_sandboxes
from hub_config.settings import Settings
from spawner.errors import LoopDiskUnavailable
from spawner.session_remains import SessionRemains

from .locks import try_state_lock
from .progress import Progress

JUDGING_LOCK = "judging"
"""Held by every `containrlab judge` while its sandbox lives."""


def remove_sessions(engine: docker.APIClient, settings: Settings, progress: Progress) -> None:
    """Remove every session of our instance, with its network and its engine's data. No hub may run."""
    remains = SessionRemains(settings.state_dir, settings.instance, lambda: engine)
    for name in sorted(remains.list_sessions()):
        progress.say(f"Removing what is left of {name}")
        try:
            remains.remove(name)
        except (APIError, LoopDiskUnavailable) as error:
            progress.warn(f"Something of {name} stays: {error}")
    for scrap in remains.remove_scrap():
        progress.say(f"Removed {scrap}, which was left behind")


def remove_sandboxes(settings: Settings, progress: Progress) -> None:
    """Remove every judge sandbox of our instance, unless a `containrlab judge` may have one in use."""
    with try_state_lock(settings, JUDGING_LOCK) as nobody_judges:
        if nobody_judges:
            for name in sorted(name for keeper in Keeper for name in list_sandboxes(settings, keeper)):
                progress.say(f"Removing what is left of {name}")
                destroy_sandbox(settings, name)
