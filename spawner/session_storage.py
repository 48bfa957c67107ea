"""The folders of a session: its engine's data, its learner's workspace, and the shared image store.

Opened for a start, closed after the container has gone. Closing does not ask which provider made what, so
that a change of settings leaves nothing behind.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import docker

from .disk_provider import remove_scratch, shared_disk_provider
from .docker_engine import engine_errors
from .docker_rendering import ENGINE_DATA_MOUNT_POINT, Mount, image_store_volume
from .errors import LoopDiskUnavailable
from .image_store import find_image_store
from .labels import Role, label_filters, make_labels, make_name
from .loop_disk import list_loop_disks
from .session_policy import SessionPolicy
from .workspace import open_workspace
from .workspace_disk import WorkspaceDisk, list_open_workspaces

log = logging.getLogger(__name__)

SESSION_DISKS = "session-disks"
WORKSPACES = "workspaces"


@dataclass(frozen=True)
class SessionStorage:
    """Of the session `name` of `owner`; `folder` is where this machine keeps disks (the state folder).

    `escaped_owner` is safe in a path and in the engine.
    """

    folder: Path
    instance: str
    name: str
    owner: str
    escaped_owner: str

    @property
    def _workspace_disk(self) -> WorkspaceDisk:
        return WorkspaceDisk(self.folder / WORKSPACES, self.escaped_owner)

    def open(self, engine: docker.APIClient, policy: SessionPolicy, disk_provider: str) -> list[Mount]:
        """Make and mount everything. Raises of `errors` what keeps it from being bounded or found."""
        image_store = find_image_store(engine)
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

    def close(self) -> None:
        """Remove the engine's data, and unmount the workspace; what is gone already is fine."""
        remove_scratch(self.folder / SESSION_DISKS, self.name)
        close_workspace(self._workspace_disk)


def close_workspace(disk: WorkspaceDisk) -> None:
    """Unmount it, or say in the log why not: it is mounted where the next session looks for it."""
    try:
        disk.close()
    except LoopDiskUnavailable as error:
        log.warning("The workspace %s stays mounted: %s", disk.image, error)


def remove_orphaned_storage(engine: docker.APIClient, folder: Path, instance: str) -> list[str]:
    """Remove what no running session of the instance uses; workspaces are only unmounted. Their names."""
    with engine_errors():
        running = engine.containers(filters=label_filters(instance, Role.SESSION))
    in_use = {container["Names"][0].lstrip("/") for container in running}
    disks = [disk for disk in list_loop_disks(folder / SESSION_DISKS) if disk.name not in in_use]
    for disk in disks:
        disk.remove()
    workspaces = [
        disk
        for disk in list_open_workspaces(folder / WORKSPACES)
        if make_name(instance, Role.SESSION, disk.name) not in in_use
    ]
    for workspace in workspaces:
        close_workspace(workspace)
    return [disk.name for disk in disks] + [f"the workspace {workspace.name}" for workspace in workspaces]
