"""Removes what sessions and judge sandboxes of our instance left in the engine.

Workspaces and image stores stay: learners' work is never removed here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial

import docker
from docker.errors import APIError

from course_service.sandbox_life import Keeper, destroy_sandbox, list_sandboxes
from hub_config.settings import Settings
from spawner.docker_engine import connect_engine, engine_errors
from spawner.errors import EngineUnavailable, LoopDiskUnavailable
from spawner.labels import Role, container_name, is_session_name, label_filters
from spawner.session_remains import GRACE_SECONDS, SessionRemains

from .locks import try_state_lock
from .progress import Progress

JUDGING_LOCK = "judging"
"""Held by every `containrlab judge` while its sandbox lives."""

_REMOVALS_AT_ONCE = 8  # each may take the grace


def count_sessions(settings: Settings) -> int:
    """How many learners' sessions of our instance run; none where the engine does not answer."""
    with suppress(EngineUnavailable), closing(connect_engine()) as engine, engine_errors():
        running = engine.containers(filters=label_filters(settings.instance, Role.SESSION))
        return sum(is_session_name(settings.instance, container_name(one)) for one in running)
    return 0


def remove_sessions(engine: docker.APIClient, settings: Settings, progress: Progress) -> None:
    """End every session of our instance as the hub does, and remove what is there of it. No hub may run.

    Also those that wait for a learner.
    """
    remains = SessionRemains(settings.state_dir, settings.instance, lambda: engine)
    with ThreadPoolExecutor(_REMOVALS_AT_ONCE) as threads:
        for names, what, grace_seconds in (
            (remains.list_sessions(), "Ending {} sessions", GRACE_SECONDS),
            (remains.list_waiting(), "Removing {} sessions that nobody came for", 0),
        ):
            if names:
                with progress.step(what.format(len(names))):
                    end = partial(_end_session, remains, grace_seconds=grace_seconds)
                    for problem in filter(None, threads.map(end, sorted(names))):
                        progress.warn(problem)
    for scrap in remains.remove_scrap():
        progress.say(f"Removed {scrap}, which was left behind")
    remains.close_entrances()


def remove_sandboxes(settings: Settings, progress: Progress) -> None:
    """Remove every judge sandbox of our instance, unless a `containrlab judge` may have one in use."""
    with try_state_lock(settings, JUDGING_LOCK) as nobody_judges:
        if nobody_judges:
            for name in sorted(name for keeper in Keeper for name in list_sandboxes(settings, keeper)):
                progress.say(f"Removing what is left of {name}")
                destroy_sandbox(settings, name)


def _end_session(remains: SessionRemains, name: str, *, grace_seconds: int) -> str | None:
    """What stays of it, and why."""
    try:
        remains.remove(name, grace_seconds=grace_seconds)
    except (APIError, LoopDiskUnavailable) as error:
        return f"Something of {name} stays: {error}"
    return None
