"""The folders of a session: its engine's data, its learner's workspace, and the shared image store.

Opened for a start; given back, by the session's name, after the container has gone (`session_remains`). That
does not ask which provider made what, so that a change of settings leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import docker

from .disk_provider import remove_scratch, shared_disk_provider
from .docker_rendering import ENGINE_DATA_MOUNT_POINT, Mount, image_store_volume
from .image_store import find_image_store
from .labels import Role, make_labels, make_name
from .loop_disk import list_loop_disks
from .session_policy import SessionPolicy
from .workspace import open_workspace
from .workspace_disk import WorkspaceDisk, list_half_made_workspaces, list_open_workspaces

SESSION_DISKS = "session-disks"
WORKSPACES = "workspaces"


@dataclass(frozen=True)
class SessionStorage:
    """Of the session `name` of `owner`; `folder` is where this machine keeps disks (the state folder).

    `escaped_owner` is safe in a path and in the engine. `image_store` names a volume; empty is the newest.
    """

    folder: Path
    instance: str
    name: str
    owner: str
    escaped_owner: str
    image_store: str = ""

    @property
    def _workspace_disk(self) -> WorkspaceDisk:
        return WorkspaceDisk(self.folder / WORKSPACES, self.escaped_owner)

    def open(self, engine: docker.APIClient, policy: SessionPolicy, disk_provider: str) -> list[Mount]:
        """Make and mount everything. Raises of `errors` what keeps it from being bounded or found."""
        image_store = self.image_store or find_image_store(engine)
        provider = shared_disk_provider(engine, disk_provider, self.folder / SESSION_DISKS)
        workspace = open_workspace(
            engine,
            provider=provider,
            disk=self._workspace_disk,
            volume=make_name(self.instance, Role.WORKSPACE, self.escaped_owner),
            limit=policy.workspace,
            labels=make_labels(self.instance, Role.WORKSPACE, self.owner),
        )
        engine_data = provider.make_scratch(
            self.name,
            policy.engine_data,
            make_labels(self.instance, Role.ENGINE_DATA, self.owner),
            {"engine": ENGINE_DATA_MOUNT_POINT},
        )
        return [workspace, *engine_data, image_store_volume(image_store)]


def remove_engine_data(folder: Path, name: str) -> None:
    """Remove the engine's data of the session `name`, as far as it is on this machine."""
    remove_scratch(folder / SESSION_DISKS, name)


def close_workspace(folder: Path, instance: str, name: str) -> None:
    """Unmount the workspace of this session. Raises `LoopDiskUnavailable` while somebody works in it."""
    owner = name.removeprefix(make_name(instance, Role.SESSION, ""))
    WorkspaceDisk(folder / WORKSPACES, owner).close()


def list_storage(folder: Path, instance: str) -> set[str]:
    """Names of the sessions that have a disk here, or their learner's workspace mounted or half made."""
    disks = {disk.name for disk in list_loop_disks(folder / SESSION_DISKS)}
    workspaces = folder / WORKSPACES
    in_use = [*list_open_workspaces(workspaces), *list_half_made_workspaces(workspaces)]
    return disks | {make_name(instance, Role.SESSION, workspace.name) for workspace in in_use}
