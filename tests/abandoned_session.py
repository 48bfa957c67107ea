"""A session that no hub has started: all that a real one has on this machine, and what it can leave."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from spawner.labels import (
    SESSION,
    Role,
    make_labels,
    network_name,
    new_session_key,
    session_labels,
    session_name,
)
from spawner.loop_disk import LoopDisk
from spawner.session_network import create_session_network
from spawner.session_parts import SESSION_DISKS
from spawner.session_policy import DiskLimit, Egress
from spawner.session_remains import SessionRemains
from spawner.session_storage import WORKSPACES
from spawner.workspace_disk import WorkspaceDisk
from spawner.workspace_entrance import WorkspaceEntrance

LIMIT = DiskLimit.of_mebibytes(64)
IMAGE = "debian:trixie-slim"


@dataclass(frozen=True)
class AbandonedSession:
    """What a test looks for; `key` is in the names of its network, disk and entrance."""

    name: str
    key: str
    workspace: WorkspaceDisk


def abandon_session(
    remains: SessionRemains, user: str, *, bridge_prefix: str, block: ipaddress.IPv4Network
) -> AbandonedSession:
    """Start one in the course of `remains`, as if it had waited for its learner; its workspace has a file."""
    name, key = session_name(remains.instance, user), new_session_key()
    make_network(remains, key, bridge_prefix=bridge_prefix, block=block)
    make_disk(remains, key)
    entrance = WorkspaceEntrance(remains.folder, key)
    mounts = [entrance.make().render()]
    workspace = workspace_of(remains, user)
    workspace.open(LIMIT, owner=1000)
    (workspace.device / "a.txt").write_text("mine")
    # Without a name, as it is where disks are not loop disks.
    labels = {**make_labels(remains.instance, Role.ENGINE_DATA), SESSION: key}
    mounts.append({"Type": "volume", "Target": "/engine", "VolumeOptions": {"Labels": labels}})
    config = {
        "Image": IMAGE,
        "Cmd": ["sleep", "infinity"],
        "Labels": session_labels(remains.instance, key, "recipe"),
        "HostConfig": {"NetworkMode": network_name(remains.instance, key), "Mounts": mounts},
    }
    engine = remains.connect()
    engine.create_container_from_config(config, name)
    engine.start(name)
    entrance.admit(workspace.device)
    return AbandonedSession(name, key, workspace)


def make_network(
    remains: SessionRemains, key: str, *, bridge_prefix: str, block: ipaddress.IPv4Network
) -> None:
    """The network of the session `key`, alone."""
    create_session_network(
        remains.connect(),
        name=network_name(remains.instance, key),
        bridge_prefix=bridge_prefix,
        egress=Egress.NONE,
        block=block,
        labels=session_labels(remains.instance, key, "recipe"),
    )


def make_disk(remains: SessionRemains, key: str) -> None:
    """The disk of the inner engine of the session `key`, alone."""
    LoopDisk(remains.folder / SESSION_DISKS, key).create(LIMIT, owner=1000, subfolders=["engine"])


def workspace_of(remains: SessionRemains, user: str) -> WorkspaceDisk:
    """Its workspace's disk."""
    owner = session_name(remains.instance, user).removeprefix(session_name(remains.instance, ""))
    return WorkspaceDisk(remains.folder / WORKSPACES, owner)
