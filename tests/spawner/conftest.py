"""Fixtures that several of these modules share."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from hub_config.settings import load_settings
from spawner.labels import label_filters
from spawner.pool_members import PoolMembers
from spawner.session_maker import SessionMaker
from spawner.session_policy import DiskLimit, SessionPolicy


@pytest.fixture(scope="module")
def members(
    engine: docker.APIClient, image_store: str, instance: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PoolMembers]:
    """Those of `instance`, which is the module's own; nothing of it is left at the end."""
    limit = DiskLimit.of_mebibytes(64)
    maker = SessionMaker(
        folder=tmp_path_factory.mktemp("state"),
        instance=instance,
        image=load_settings().session_image,
        policy=SessionPolicy(workspace=limit, engine_data=DiskLimit.of_mebibytes(256)),
        disk_provider="auto",
        bridge_prefix="cq",
        networks=ipaddress.IPv4Network("10.214.19.0/26"),
        egress_port=8083,
    )
    members = PoolMembers(engine, maker)
    yield members
    for name in members.remains.list_sessions() | members.remains.list_waiting():
        members.remains.remove(name)
    assert members.remains.remove_scrap() == []
    members.remains.close_entrances()
    for volume in engine.volumes(filters=label_filters(instance))["Volumes"] or ():
        engine.remove_volume(volume["Name"])
    assert str(maker.folder) not in Path("/proc/mounts").read_text()
