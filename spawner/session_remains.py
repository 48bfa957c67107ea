"""What sessions have on this machine, found whoever left it there, and how all of one session's goes.

A session's container carries its learner's name; its network and disk carry its key (`session_parts`). All
are ours by their labels, and by the state folder that they are in. A workspace is unmounted, and stays.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from .disk_provider import remove_left_trials
from .docker_engine import engine_errors, shared_engine
from .labels import (
    SESSION,
    Role,
    container_name,
    discarded_name,
    is_session_name,
    label_filters,
    pool_name,
)
from .session_lock import session_lock, try_session_lock
from .session_parts import SESSION_DISKS, SessionParts
from .session_storage import close_workspace, list_workspaces_in_use
from .workspace_entrance import close_entrances

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

    @property
    def _parts(self) -> SessionParts:
        return SessionParts(self.folder, self.instance)

    def list_sessions(self) -> set[str]:
        """Names of the learners' sessions of which anything is there, running or not."""
        names = self._list_containers() | list_workspaces_in_use(self.folder, self.instance)
        return {name for name in names if is_session_name(self.instance, name)}

    def list_waiting(self) -> set[str]:
        """Names of the containers that wait for a learner, or have waited in vain."""
        prefixes = (pool_name(self.instance, ""), discarded_name(self.instance, ""))
        return {name for name in self._list_containers() if name.startswith(prefixes)}

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
                if container_name(container) != name:  # the engine's name filter matches parts of names
                    continue
                _stop(engine, container["Id"], grace_seconds)
                with self._parts.changing_sessions():
                    _remove_container(engine, container["Id"])
                    if key := container["Labels"].get(SESSION):
                        self._parts.remove(engine, key)
        if is_session_name(self.instance, name):
            close_workspace(self.folder, self.instance, name)

    def end_when_free(self, name: str) -> None:
        """Wait for the session's lock, and let it end."""
        with session_lock(self.folder, name):
            self.remove(name, grace_seconds=GRACE_SECONDS)

    def remove_scrap(self) -> list[str]:
        """Remove what is no session's and in nobody's use, and say what it was.

        Networks, disks and volumes of engine data whose container went without them, or never came. Disks
        that a killed hub had made to see whether it can.
        """
        engine = self.connect()
        removed = [f"network and disk of the session {key}" for key in self._parts.remove_left(engine)]
        with engine_errors():
            for role in (Role.ENGINE_DATA, Role.SANDBOX):
                unused = label_filters(self.instance, role) | {"dangling": ["true"]}
                for volume in engine.volumes(filters=unused)["Volumes"] or ():
                    with suppress(APIError):  # gone, or taken
                        engine.remove_volume(volume["Name"])
                        removed.append(f"the volume {volume['Name']}")
        return removed + [f"the disk {disk}" for disk in remove_left_trials(self.folder / SESSION_DISKS)]

    def close_entrances(self) -> None:
        """Take back what sessions shared here; at a course's end, when none is being made."""
        close_entrances(self.folder)

    def _list_containers(self) -> set[str]:
        with engine_errors():
            filters = label_filters(self.instance, Role.SESSION)
            return {
                container_name(container)
                for container in self.connect().containers(all=True, filters=filters)
            }


def _stop(engine: docker.APIClient, container: str, grace_seconds: int) -> None:
    if grace_seconds:
        with suppress(NotFound):
            engine.stop(container, timeout=grace_seconds)


def _remove_container(engine: docker.APIClient, container: str) -> None:
    with suppress(NotFound):
        engine.remove_container(container, v=True, force=True)
