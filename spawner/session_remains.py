"""What sessions have on this machine, found whoever left it there, and how all of one session's goes.

A session's container, network and disk carry its name; they are ours by their labels, and by the state folder
that they are in. A workspace is unmounted, and stays.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound

from .disk_provider import remove_left_trials
from .docker_engine import engine_errors, shared_engine
from .labels import Role, is_session_name, label_filters
from .session_lock import session_lock, try_session_lock
from .session_network import remove_session_network
from .session_storage import SESSION_DISKS, close_workspace, list_storage, remove_engine_data

GRACE_SECONDS = 5
"""For a session to end by itself before it is killed."""


@dataclass(frozen=True)
class SessionRemains:
    """Of all sessions of `instance`, whose disks are in `folder`, the state folder.

    Every method but `try_lock` raises `EngineUnavailable`, and what the engine and the machine refuse with.
    """

    folder: Path
    instance: str
    connect: Callable[[], docker.APIClient] = shared_engine

    def list_sessions(self) -> set[str]:
        """Names of the sessions of which anything is there, running or not."""
        engine = self.connect()
        filters = label_filters(self.instance, Role.SESSION)
        with engine_errors():
            names = {_name(container) for container in engine.containers(all=True, filters=filters)}
            names |= {network["Name"] for network in engine.networks(filters=filters)}
        names |= list_storage(self.folder, self.instance)
        return {name for name in names if is_session_name(self.instance, name)}

    def try_lock(self, name: str) -> AbstractContextManager[bool]:
        """Keep others from removing this session, and its learner from starting anew; False: it is taken."""
        return try_session_lock(self.folder, name)

    def remove(self, name: str, *, grace_seconds: int = 0) -> None:
        """Remove all of a session, which has so long to end by itself; what is gone already is fine.

        To be called by who holds its lock, or runs while no hub and no course service does. Raises
        `LoopDiskUnavailable` where all is gone but the workspace, which somebody works in.
        """
        engine = self.connect()
        named = label_filters(self.instance, Role.SESSION) | {"name": [name]}
        with engine_errors():
            for container in engine.containers(all=True, filters=named):
                if _name(container) == name:  # the engine's name filter matches parts of names
                    _remove_container(engine, container["Id"], grace_seconds)
        remove_engine_data(self.folder, name)
        remove_session_network(engine, name, instance=self.instance)
        close_workspace(self.folder, self.instance, name)

    def end_when_free(self, name: str) -> None:
        """Wait for the session's lock, and let it end."""
        with session_lock(self.folder, name):
            self.remove(name, grace_seconds=GRACE_SECONDS)

    def remove_scrap(self) -> list[str]:
        """Remove what is no session's and in nobody's use, and say what it was.

        Volumes of engine data whose container went without them: the engine keeps those that a container has
        or is about to have. Disks that a killed hub had made to see whether it can.
        """
        engine, removed = self.connect(), []
        with engine_errors():
            for role in (Role.ENGINE_DATA, Role.SANDBOX):
                unused = label_filters(self.instance, role) | {"dangling": ["true"]}
                for volume in engine.volumes(filters=unused)["Volumes"] or ():
                    with suppress(APIError):  # gone, or taken
                        engine.remove_volume(volume["Name"])
                        removed.append(f"the volume {volume['Name']}")
        return removed + [f"the disk {disk}" for disk in remove_left_trials(self.folder / SESSION_DISKS)]


def _remove_container(engine: docker.APIClient, container: str, grace_seconds: int) -> None:
    with suppress(NotFound):
        if grace_seconds:
            engine.stop(container, timeout=grace_seconds)
        engine.remove_container(container, v=True, force=True)


def _name(container: dict[str, Any]) -> str:
    name: str = container["Names"][0].lstrip("/")
    return name
