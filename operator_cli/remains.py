"""Removes what sessions and judge sandboxes of our instance left in the engine.

Found by label alone. Workspaces and image stores stay: learners' work is never removed here.
"""

from __future__ import annotations

from contextlib import suppress

import docker
from docker.errors import APIError, NotFound

from course_service.sandbox_life import Keeper, destroy_sandbox, list_sandboxes
from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.labels import Role, label_filters
from spawner.session_network import remove_orphan_networks
from spawner.session_storage import remove_orphaned_storage

from .locks import try_state_lock
from .progress import Progress

JUDGING_LOCK = "judging"
"""Held by every `containrlab judge` while its sandbox lives."""


def remove_sessions(engine: docker.APIClient, settings: Settings, progress: Progress) -> None:
    """Remove every session of our instance, with its network and its engine's data."""
    _remove(engine, settings.instance, Role.SESSION, progress)
    _remove_orphaned_disks(engine, settings, progress)


def remove_orphans(engine: docker.APIClient, settings: Settings, progress: Progress) -> None:
    """Remove the networks and disks of our instance's sessions whose container a crash has taken.

    No hub may run. Learners' own disks are unmounted, and stay.
    """
    for name in remove_orphan_networks(engine, instance=settings.instance):
        progress.say(f"Removed the network that a crash had left of {name}")
    _remove_orphaned_disks(engine, settings, progress)


def remove_sandboxes(settings: Settings, progress: Progress) -> None:
    """Remove every judge sandbox of our instance, unless a `containrlab judge` may have one in use."""
    with try_state_lock(settings, JUDGING_LOCK) as nobody_judges:
        if nobody_judges:
            for name in sorted(name for keeper in Keeper for name in list_sandboxes(settings, keeper)):
                progress.say(f"Removing what is left of {name}")
                destroy_sandbox(settings, name)


def _remove(engine: docker.APIClient, instance: str, role: Role, progress: Progress) -> None:
    filters = label_filters(instance, role)
    with engine_errors():
        for container in engine.containers(all=True, filters=filters):
            progress.say(f"Removing what is left of {container['Names'][0].lstrip('/')}")
            with suppress(NotFound):
                engine.remove_container(container["Id"], v=True, force=True)
        for network in engine.networks(filters=filters):
            with suppress(NotFound):
                try:
                    engine.remove_network(network["Id"])
                except APIError as error:
                    progress.warn(f"The network {network['Name']} stays: {error.explanation}")


def _remove_orphaned_disks(engine: docker.APIClient, settings: Settings, progress: Progress) -> None:
    for name in remove_orphaned_storage(engine, settings.state_dir, settings.instance):
        progress.say(f"Removed what was left of {name}")
