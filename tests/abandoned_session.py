"""A session that no hub has started: all that a real one has on this machine, and what it can leave."""

from __future__ import annotations

import ipaddress

from spawner.labels import Role, make_labels, session_name
from spawner.loop_disk import LoopDisk
from spawner.session_network import create_session_network
from spawner.session_policy import DiskLimit, Egress
from spawner.session_remains import SessionRemains
from spawner.session_storage import SESSION_DISKS, WORKSPACES
from spawner.workspace_disk import WorkspaceDisk

LIMIT = DiskLimit.of_mebibytes(64)
IMAGE = "debian:trixie-slim"


def abandon_session(
    remains: SessionRemains, user: str, *, bridge_prefix: str, block: ipaddress.IPv4Network
) -> WorkspaceDisk:
    """Start one in the course of `remains`, with a file in its workspace, which is returned."""
    name = session_name(remains.instance, user)
    make_network(remains, user, bridge_prefix=bridge_prefix, block=block)
    LoopDisk(remains.folder / SESSION_DISKS, name).create(LIMIT, owner=1000, subfolders=["engine"])
    workspace = workspace_of(remains, user)
    workspace.open(LIMIT, owner=1000)
    (workspace.device / "a.txt").write_text("mine")
    # Without a name, as it is where disks are not loop disks.
    labels = make_labels(remains.instance, Role.ENGINE_DATA, user)
    volume = {"Type": "volume", "Target": "/engine", "VolumeOptions": {"Labels": labels}}
    config = {
        "Image": IMAGE,
        "Cmd": ["sleep", "infinity"],
        "Labels": make_labels(remains.instance, Role.SESSION, user),
        "HostConfig": {"NetworkMode": name, "Mounts": [volume]},
    }
    engine = remains.connect()
    engine.create_container_from_config(config, name)
    engine.start(name)
    return workspace


def make_network(
    remains: SessionRemains, user: str, *, bridge_prefix: str, block: ipaddress.IPv4Network
) -> None:
    """Its network alone."""
    create_session_network(
        remains.connect(),
        name=session_name(remains.instance, user),
        bridge_prefix=bridge_prefix,
        egress=Egress.NONE,
        block=block,
        labels=make_labels(remains.instance, Role.SESSION, user),
    )


def workspace_of(remains: SessionRemains, user: str) -> WorkspaceDisk:
    """Its workspace's disk."""
    owner = session_name(remains.instance, user).removeprefix(session_name(remains.instance, ""))
    return WorkspaceDisk(remains.folder / WORKSPACES, owner)
