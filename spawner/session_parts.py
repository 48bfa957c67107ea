"""What a session has on this machine beside its container and its learner's workspace, by the session's key.

Made before the container and removed after it, so that a crash can leave parts that no container names. Who
makes or removes a session holds `changing_sessions` meanwhile; what is left is removed while nobody does.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker

from .disk_provider import remove_scratch
from .docker_engine import engine_errors
from .flock import flocked
from .labels import INSTANCE, SESSION, Role, is_session_key, label_filters, network_name
from .loop_disk import list_loop_disks
from .session_network import remove_session_network
from .workspace_entrance import WorkspaceEntrance, list_entrances

SESSION_DISKS = "session-disks"
_LOCK = "making-sessions.lock"


@dataclass(frozen=True)
class SessionParts:
    """Of the sessions of `instance`, whose disks are in `folder`, the state folder."""

    folder: Path
    instance: str

    @contextmanager
    def changing_sessions(self) -> Iterator[None]:
        """Keep others from taking what is being made or removed for something left behind."""
        with self._lock(fcntl.LOCK_SH):
            yield

    def remove(self, engine: docker.APIClient, key: str) -> None:
        """Remove what there is of `key`, whose container is gone.

        Raises `EngineUnavailable`, `LoopDiskUnavailable`, and what the engine refuses with.
        """
        remove_session_network(engine, network_name(self.instance, key), instance=self.instance)
        WorkspaceEntrance(self.folder, key).remove()
        remove_scratch(self.folder / SESSION_DISKS, key)

    def remove_left(self, engine: docker.APIClient) -> list[str]:
        """Remove what a crash has left without a container, unless a session is changed now; the keys.

        Where something cannot be removed, it raises that after the rest is.
        """
        if not self._list_left(engine):
            return []
        try:
            with self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB), ExitStack() as removals:
                left = sorted(self._list_left(engine))
                for key in reversed(left):
                    removals.callback(self.remove, engine, key)
        except BlockingIOError:
            return []
        return left

    def _list_left(self, engine: docker.APIClient) -> set[str]:
        there = self._list_keys(engine)  # first: what is made meanwhile is not in it
        with engine_errors():
            containers = engine.containers(all=True, filters=label_filters(self.instance, Role.SESSION))
        return there - {container["Labels"].get(SESSION, "") for container in containers}

    def _list_keys(self, engine: docker.APIClient) -> set[str]:
        """Of every session of which a part is there."""
        with engine_errors():
            networks = engine.networks(filters={"label": [f"{INSTANCE}={self.instance}", SESSION]})
        keys = {str(network["Labels"][SESSION]) for network in networks}
        keys |= {disk.name for disk in list_loop_disks(self.folder / SESSION_DISKS)}
        return {key for key in keys | list_entrances(self.folder) if is_session_key(key)}

    @contextmanager
    def _lock(self, how: int) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self.folder / _LOCK
        lock.touch(mode=0o600)
        with flocked(lock, how):
            yield
