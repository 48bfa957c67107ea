"""What sessions leave on a real machine: all of it is found, and goes, but for learners' work."""

from __future__ import annotations

import ipaddress
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from docker.errors import NotFound

from spawner.errors import LoopDiskUnavailable
from spawner.labels import Role, make_labels, session_name
from spawner.loop_disk import LoopDisk
from spawner.session_network import create_session_network, remove_session_network
from spawner.session_policy import DiskLimit, Egress
from spawner.session_remains import SessionRemains
from spawner.session_storage import SESSION_DISKS, WORKSPACES
from spawner.workspace_disk import WorkspaceDisk

pytestmark = pytest.mark.engine

LIMIT = DiskLimit.of_mebibytes(64)
LEARNER = "o'brien"


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone: what is anybody's scrap goes here."""
    return "containrlab-test-remains"


@pytest.fixture
def remains(clean_engine: docker.APIClient, instance: str, tmp_path: Path) -> Iterator[SessionRemains]:
    """Of a course whose state folder is the test's; nothing is left at the end."""
    remains = SessionRemains(tmp_path, instance, lambda: clean_engine)
    yield remains
    for name in remains.list_sessions():
        remains.remove(name)
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@pytest.fixture
def workspace(tmp_path: Path) -> WorkspaceDisk:
    """The learner's, mounted, with a file in it."""
    disk = WorkspaceDisk(tmp_path / WORKSPACES, "o-27brien")
    disk.open(LIMIT, owner=1000)
    (disk.device / "a.txt").write_text("mine")
    return disk


def start_session(remains: SessionRemains, name: str) -> None:
    """A network, a disk and a container that runs."""
    engine, labels = remains.connect(), make_labels(remains.instance, Role.SESSION, LEARNER)
    make_network(remains, name)
    LoopDisk(remains.folder / SESSION_DISKS, name).create(LIMIT, owner=1000, subfolders=["engine"])
    config = {
        "Image": "debian:trixie-slim",
        "Cmd": ["sleep", "infinity"],
        "Labels": labels,
        "HostConfig": {"NetworkMode": name, "Mounts": [engine_data(remains)]},
    }
    engine.create_container_from_config(config, name)
    engine.start(name)


def make_network(remains: SessionRemains, name: str) -> None:
    create_session_network(
        remains.connect(),
        name=name,
        bridge_prefix="cr",
        egress=Egress.NONE,
        block=ipaddress.IPv4Network("10.214.14.0/26"),
        labels=make_labels(remains.instance, Role.SESSION, LEARNER),
    )


def engine_data(remains: SessionRemains) -> dict[str, object]:
    """A volume without a name, as it is where disks are not loop disks."""
    labels = make_labels(remains.instance, Role.ENGINE_DATA, LEARNER)
    return {"Type": "volume", "Target": "/engine", "VolumeOptions": {"Labels": labels}}


def test_all_of_a_session_goes_and_the_workspace_is_unmounted_and_stays(
    remains: SessionRemains, workspace: WorkspaceDisk
):
    name = session_name(remains.instance, LEARNER)
    start_session(remains, name)
    assert remains.list_sessions() == {name}
    assert remains.remove_scrap() == [], "its volume is in use"
    remains.remove(name)
    assert remains.list_sessions() == set()
    assert list((remains.folder / SESSION_DISKS).iterdir()) == []
    assert list(workspace.folder.iterdir()) == [workspace.image]
    assert str(remains.folder) not in subprocess.check_output(["losetup", "--list"], text=True)
    workspace.open(LIMIT, owner=1000)
    assert (workspace.device / "a.txt").read_text() == "mine"


@pytest.mark.parametrize("part", ["network", "disk", "half a disk", "workspace", "half a workspace"])
def test_a_session_is_found_by_any_one_part(remains: SessionRemains, tmp_path: Path, part: str):
    name = session_name(remains.instance, LEARNER)
    disk = LoopDisk(tmp_path / SESSION_DISKS, name)
    workspace = WorkspaceDisk(tmp_path / WORKSPACES, "o-27brien")
    for folder in (disk.folder, workspace.folder):
        folder.mkdir()
    match part:
        case "network":
            make_network(remains, name)
        case "disk":
            disk.create(LIMIT, owner=1000, subfolders=[])
        case "half a disk":
            disk.image.touch()
        case "workspace":
            workspace.open(LIMIT, owner=1000)
        case "half a workspace":
            workspace.image.with_name("o-27brien.ext4.new").touch()
    assert remains.list_sessions() == {name}
    remains.remove(name)
    assert remains.list_sessions() == set()


def test_a_workspace_that_somebody_works_in_stays_mounted_and_all_else_goes(
    remains: SessionRemains, workspace: WorkspaceDisk
):
    name = session_name(remains.instance, LEARNER)
    make_network(remains, name)
    with (workspace.device / "open").open("w"), pytest.raises(LoopDiskUnavailable):
        remains.remove(name)
    assert workspace.is_open
    assert remains.connect().networks(names=[name]) == []


def test_what_is_not_ours_is_neither_found_nor_removed(remains: SessionRemains, engine: docker.APIClient):
    others = replace(remains, instance=f"{remains.instance}-other", folder=remains.folder / "other")
    name = session_name(others.instance, LEARNER)
    make_network(others, name)
    (remains.folder / SESSION_DISKS).mkdir()
    (remains.folder / SESSION_DISKS / "note.txt").touch()
    try:
        assert remains.list_sessions() == set()
        remains.remove(name)
        assert others.list_sessions() == {name}
    finally:
        remove_session_network(engine, name, instance=others.instance)


def test_scrap_is_what_nobody_can_be_using(remains: SessionRemains, engine: docker.APIClient):
    labels = make_labels(remains.instance, Role.ENGINE_DATA, LEARNER)
    work = make_labels(remains.instance, Role.WORKSPACE, LEARNER)
    unused, kept = (engine.create_volume(labels=made)["Name"] for made in (labels, work))
    ended = subprocess.Popen(["true"])
    ended.wait()
    trials = [LoopDisk(remains.folder / SESSION_DISKS, f"trial-{pid}") for pid in (ended.pid, os.getpid())]
    for trial in trials:
        trial.create(DiskLimit.of_mebibytes(4), owner=1000, subfolders=[])
    try:
        assert remains.remove_scrap() == [f"the volume {unused}", f"the disk {trials[0].name}"]
        assert [trial.mount_point.is_mount() for trial in trials] == [False, True]
        assert engine.inspect_volume(kept)
    finally:
        trials[1].remove()
        with suppress(NotFound):
            engine.remove_volume(kept)
