"""What sessions leave on a real machine: all of it is found, and goes, but for learners' work."""

from __future__ import annotations

import ipaddress
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import docker
import pytest
from docker.errors import NotFound

from spawner.errors import LoopDiskUnavailable
from spawner.labels import (
    Role,
    discarded_name,
    make_labels,
    network_name,
    new_session_key,
    pool_name,
    session_name,
)
from spawner.loop_disk import LoopDisk
from spawner.session_network import remove_session_network
from spawner.session_parts import SESSION_DISKS
from spawner.session_policy import DiskLimit
from spawner.session_remains import SessionRemains
from spawner.workspace_entrance import ENTRANCES, list_entrances
from tests.abandoned_session import LIMIT, AbandonedSession, abandon_session, make_network, workspace_of

pytestmark = pytest.mark.engine

LEARNER = "o'brien"
NETWORKS = {"bridge_prefix": "cr", "block": ipaddress.IPv4Network("10.214.14.0/26")}


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone: what is anybody's scrap goes here."""
    return "containrlab-test-remains"


@pytest.fixture
def remains(clean_engine: docker.APIClient, instance: str, tmp_path: Path) -> Iterator[SessionRemains]:
    """Of a course whose state folder is the test's; nothing is left at the end."""
    remains = SessionRemains(tmp_path, instance, lambda: clean_engine)
    yield remains
    for name in remains.list_sessions() | remains.list_waiting():
        remains.remove(name)
    remains.remove_scrap()
    remains.close_entrances()
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@pytest.fixture
def name(instance: str) -> str:
    """The learner's session."""
    return session_name(instance, LEARNER)


def parts_of(remains: SessionRemains, session: AbandonedSession) -> list[str]:
    """Which of the session's parts are there."""
    engine = remains.connect()
    there = {
        "container": engine.containers(all=True, filters={"name": [session.name]}),
        "network": engine.networks(names=[network_name(remains.instance, session.key)]),
        "disk": list((remains.folder / SESSION_DISKS).glob(f"{session.key}*")),
        "entrance": list((remains.folder / ENTRANCES).iterdir()),
    }
    return [part for part, found in there.items() if found]


def test_all_of_a_session_goes_and_the_workspace_is_unmounted_and_stays(remains: SessionRemains, name: str):
    session = abandon_session(remains, LEARNER, **NETWORKS)
    assert remains.list_sessions() == {name}
    assert remains.remove_scrap() == [], "its container is there"
    assert parts_of(remains, session) == ["container", "network", "disk", "entrance"]
    remains.remove(name)
    assert remains.list_sessions() == set()
    assert parts_of(remains, session) == []
    workspace = session.workspace
    assert list(workspace.folder.iterdir()) == [workspace.image]
    assert str(remains.folder) not in subprocess.check_output(["losetup", "--list"], text=True)
    workspace.open(LIMIT, owner=1000)
    assert (workspace.device / "a.txt").read_text() == "mine"


@pytest.mark.parametrize("part", ["workspace", "half a workspace"])
def test_a_session_is_found_by_its_workspace_alone(remains: SessionRemains, name: str, part: str):
    workspace = workspace_of(remains, LEARNER)
    workspace.folder.mkdir()
    make = {
        "workspace": partial(workspace.open, LIMIT, owner=1000),
        "half a workspace": workspace.image.with_name(f"{workspace.image.name}.new").touch,
    }
    make[part]()
    assert remains.list_sessions() == {name}
    remains.remove(name)
    assert remains.list_sessions() == set()


@pytest.mark.parametrize("waiting_name", [pool_name, discarded_name])
def test_one_that_waits_is_nobodys_session_and_all_of_it_goes(
    remains: SessionRemains, name: str, engine: docker.APIClient, waiting_name
):
    session = abandon_session(remains, LEARNER, **NETWORKS)
    waiting = waiting_name(remains.instance, session.key)
    engine.rename(name, waiting)
    session.workspace.close()
    assert remains.list_sessions() == set()
    assert remains.list_waiting() == {waiting}
    assert remains.remove_scrap() == [], "its container is there"
    remains.remove(waiting)
    assert remains.list_waiting() == set()
    assert parts_of(remains, session) == []


def test_a_workspace_that_somebody_works_in_stays_mounted_and_all_else_goes(
    remains: SessionRemains, name: str
):
    session = abandon_session(remains, LEARNER, **NETWORKS)
    with (session.workspace.device / "open").open("w"), pytest.raises(LoopDiskUnavailable):
        remains.remove(name)
    assert session.workspace.is_open
    assert parts_of(remains, session) == []


def test_what_is_not_ours_is_neither_found_nor_removed(remains: SessionRemains, engine: docker.APIClient):
    others = replace(remains, instance=f"{remains.instance}-other", folder=remains.folder / "other")
    key = new_session_key()
    make_network(others, key, **NETWORKS)
    not_ours = [remains.folder / SESSION_DISKS / "note.txt", remains.folder / ENTRANCES / "note"]
    for path in not_ours:
        path.parent.mkdir()
        path.touch()
    try:
        assert remains.list_sessions() == set()
        assert remains.remove_scrap() == []
        remains.remove(session_name(remains.instance, LEARNER))
        assert all(path.exists() for path in not_ours)
        assert engine.networks(names=[network_name(others.instance, key)])
    finally:
        remove_session_network(engine, network_name(others.instance, key), instance=others.instance)
    assert list_entrances(remains.folder) == set()


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
