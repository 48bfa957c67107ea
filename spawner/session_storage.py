"""The folders of a session: its engine's data, its learner's workspace, and the shared image store.

Opened for a start; given back after the container has gone (`session_remains`). That does not ask which
provider made what, so that a change of settings leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import docker

from .disk_provider import DiskProvider, shared_disk_provider
from .docker_engine import engine_errors
from .docker_rendering import ENGINE_DATA_MOUNT_POINT, Mount, Volume
from .labels import SESSION, Role, make_labels, make_name
from .session_parts import SESSION_DISKS
from .session_policy import SessionPolicy
from .workspace import open_workspace
from .workspace_disk import WorkspaceDisk, list_half_made_workspaces, list_open_workspaces

WORKSPACES = "workspaces"


@dataclass(frozen=True)
class SessionStorage:
    """Of the sessions of `instance`; `folder` is where this machine keeps disks (the state folder)."""

    folder: Path
    instance: str
    disk_provider: str

    def open_workspace(
        self, engine: docker.APIClient, policy: SessionPolicy, owner: str, escaped_owner: str
    ) -> Volume:
        """Find or make the workspace of `owner`, and mount its disk where it has one.

        `escaped_owner` is safe in a path and in the engine. Raises of `errors` what keeps it from being
        bounded or found.
        """
        return open_workspace(
            engine,
            provider=self._provider(engine),
            disk=WorkspaceDisk(self.folder / WORKSPACES, escaped_owner),
            volume=make_name(self.instance, Role.WORKSPACE, escaped_owner),
            limit=policy.workspace,
            labels=make_labels(self.instance, Role.WORKSPACE, owner),
        )

    def make_engine_data(self, engine: docker.APIClient, policy: SessionPolicy, key: str) -> list[Mount]:
        """Make what the inner engine of the session `key` keeps its data on."""
        return self._provider(engine).make_scratch(
            key,
            policy.engine_data,
            {**make_labels(self.instance, Role.ENGINE_DATA), SESSION: key},
            {"engine": ENGINE_DATA_MOUNT_POINT},
        )

    def _provider(self, engine: docker.APIClient) -> DiskProvider:
        return shared_disk_provider(engine, self.disk_provider, self.folder / SESSION_DISKS)


def find_workspace_folder(engine: docker.APIClient, workspace: Volume) -> Path:
    """Where an opened workspace is on this machine; its volume is made where it is not there yet."""
    with engine_errors():
        made = engine.create_volume(workspace.name, driver_opts=workspace.options, labels=workspace.labels)
    # Of the volume that is there: the engine mounts a bind only where a container uses it.
    return Path((made["Options"] or {}).get("device") or made["Mountpoint"])


def close_workspace(folder: Path, instance: str, name: str) -> None:
    """Unmount the workspace of this session. Raises `LoopDiskUnavailable` while somebody works in it."""
    owner = name.removeprefix(make_name(instance, Role.SESSION, ""))
    WorkspaceDisk(folder / WORKSPACES, owner).close()


def list_workspaces_in_use(folder: Path, instance: str) -> set[str]:
    """Names of the sessions whose learner's workspace is mounted here, or half made."""
    workspaces = folder / WORKSPACES
    in_use = [*list_open_workspaces(workspaces), *list_half_made_workspaces(workspaces)]
    return {make_name(instance, Role.SESSION, workspace.name) for workspace in in_use}
