"""A learner's workspace as a named volume of the engine: found, or made, and never hidden by a new one.

What is there decides, not today's settings: a plain volume stays one when disks become bounded, and a disk
of its own stays in use when they no longer are. The volume of a disk of its own is a bind of the mounted
disk, so that a session whose disk is not mounted does not start, in place of writing beside it.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import docker
from docker.errors import NotFound

from .disk_provider import DiskProvider, DiskProviderName, size_option
from .docker_engine import engine_errors
from .docker_rendering import LEARNER_UID, WORKSPACE_MOUNT_POINT, Volume
from .errors import WorkspaceUnavailable
from .labels import OWNER
from .loop_disk import IMAGE_SUFFIX
from .session_policy import DiskLimit
from .workspace_disk import WorkspaceDisk

log = logging.getLogger(__name__)


def open_workspace(
    engine: docker.APIClient,
    *,
    provider: DiskProvider,
    disk: WorkspaceDisk,
    volume: str,
    limit: DiskLimit,
    labels: dict[str, str],
) -> Volume:
    """The workspace, ready to be mounted in a session.

    Raises `WorkspaceUnavailable` where a learner's files are somewhere that cannot be reached now, and
    `LoopDiskUnavailable`.
    """
    found = _find_options(engine, volume)
    device = Path(found["device"]) if found and "device" in found else None
    if device is not None and device != disk.device and not device.is_dir():
        _forget_bind(engine, volume, device, disk)
        found = device = None
    if device == disk.device or (found is None and disk.exists):
        if not disk.exists:
            raise WorkspaceUnavailable(
                f"The workspace of {labels[OWNER]} was in {disk.image}, which is not there. Put it back; or, "
                f"if it is lost, let a new one be made: docker volume rm {volume}"
            )
        _warn_of_unwanted_disk(provider, disk, labels[OWNER])
        return _on_disk(disk, volume, limit, labels)
    if found is None:
        return _new_workspace(provider, disk, volume, limit, labels)
    _warn_of_other_kind(provider, disk, volume, found)
    return Volume(WORKSPACE_MOUNT_POINT, labels, volume)


def _new_workspace(
    provider: DiskProvider, disk: WorkspaceDisk, volume: str, limit: DiskLimit, labels: dict[str, str]
) -> Volume:
    if provider.name is DiskProviderName.LOOP:
        return _on_disk(disk, volume, limit, labels)
    options = size_option(limit) if provider.name is DiskProviderName.XFS else {}
    return Volume(WORKSPACE_MOUNT_POINT, labels, volume, options=options)


def _on_disk(disk: WorkspaceDisk, volume: str, limit: DiskLimit, labels: dict[str, str]) -> Volume:
    disk.open(limit, owner=LEARNER_UID)
    bind = {"type": "none", "o": "bind", "device": str(disk.device)}
    return Volume(WORKSPACE_MOUNT_POINT, labels, volume, options=bind)


def _find_options(engine: docker.APIClient, volume: str) -> dict[str, str] | None:
    with engine_errors():
        try:
            found: dict[str, Any] = engine.inspect_volume(volume)
        except NotFound:
            return None
    return dict(found["Options"] or {})


def _forget_bind(engine: docker.APIClient, volume: str, device: Path, disk: WorkspaceDisk) -> None:
    """Forget a bind to what is not there, where the learner's disk is: the state folder has moved.

    A bind holds no files itself.
    """
    if not disk.exists:
        raise WorkspaceUnavailable(
            f"The volume {volume} is bound to {device}, which is not there. Set CONTAINRLAB_STATE_DIR to "
            f"what it was, or move the file {device.parent}{IMAGE_SUFFIX} to {disk.image}"
        )
    with engine_errors():
        engine.remove_volume(volume)


def _warn_of_unwanted_disk(provider: DiskProvider, disk: WorkspaceDisk, owner: str) -> None:
    if provider.name is not DiskProviderName.LOOP:
        log.warning(
            "The workspace of %s stays on its disk %s, though disks are %s now",
            owner,
            disk.image,
            provider.name,
        )


def _warn_of_other_kind(
    provider: DiskProvider, disk: WorkspaceDisk, volume: str, found: dict[str, str]
) -> None:
    is_bounded = "size" in found or "device" in found
    if provider.name in (DiskProviderName.LOOP, DiskProviderName.XFS) and not is_bounded:
        log.warning("The volume %s is older than the limit on workspaces, and is not held to it", volume)
    if disk.exists:
        log.warning(
            "The volume %s is used as it is; another workspace of this learner is in %s", volume, disk.image
        )
