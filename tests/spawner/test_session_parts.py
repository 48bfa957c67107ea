"""What a crash leaves of sessions that have no container: found by any one part, and removed with care."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docker
import pytest
from docker.errors import APIError

from spawner import session_parts
from spawner.labels import network_name, new_session_key
from spawner.loop_disk import LoopDisk
from spawner.session_parts import SESSION_DISKS, SessionParts
from spawner.session_remains import SessionRemains
from spawner.workspace_entrance import ENTRANCES, WorkspaceEntrance
from tests.abandoned_session import IMAGE, abandon_session, make_disk, make_network

pytestmark = pytest.mark.engine

NETWORKS = {"bridge_prefix": "cr", "block": ipaddress.IPv4Network("10.214.16.0/26")}


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone: what is anybody's scrap goes here."""
    return "containrlab-test-parts"


@pytest.fixture
def remains(clean_engine: docker.APIClient, instance: str, tmp_path: Path) -> Iterator[SessionRemains]:
    """Of a course whose state folder is the test's; nothing is left at the end."""
    remains = SessionRemains(tmp_path, instance, lambda: clean_engine)
    yield remains
    for name in remains.list_sessions():
        remains.remove(name)
    remains.remove_scrap()
    remains.close_entrances()
    assert str(tmp_path) not in Path("/proc/mounts").read_text()


@pytest.fixture
def parts(remains: SessionRemains) -> SessionParts:
    """Of the same course."""
    return SessionParts(remains.folder, remains.instance)


def make_part(remains: SessionRemains, part: str, key: str) -> None:
    if part == "network":
        make_network(remains, key, **NETWORKS)
    elif part == "disk":
        make_disk(remains, key)
    elif part == "half a disk":
        disk = LoopDisk(remains.folder / SESSION_DISKS, key)
        disk.folder.mkdir(exist_ok=True)
        disk.image.touch()
    else:
        WorkspaceEntrance(remains.folder, key).make()


PARTS = ["network", "disk", "half a disk", "entrance"]


def what_is_there(remains: SessionRemains) -> list[str]:
    networks = remains.connect().networks(filters={"label": [f"containrlab.instance={remains.instance}"]})
    folders = [remains.folder / name for name in (SESSION_DISKS, ENTRANCES)]
    files = [file.name for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return [network["Name"] for network in networks] + files


@pytest.mark.parametrize("part", PARTS)
def test_what_is_left_is_found_by_any_one_part(remains: SessionRemains, parts: SessionParts, part: str):
    engine, key = remains.connect(), new_session_key()
    make_part(remains, part, key)
    assert what_is_there(remains)
    assert parts.remove_left(engine) == [key]
    assert what_is_there(remains) == []
    assert parts.remove_left(engine) == []


def test_nothing_is_removed_while_anybody_makes_a_session(remains: SessionRemains, parts: SessionParts):
    engine, key = remains.connect(), new_session_key()
    other = SessionParts(parts.folder, parts.instance)
    with parts.changing_sessions(), other.changing_sessions():
        make_part(remains, "entrance", key)
        assert parts.remove_left(engine) == []
    assert parts.remove_left(engine) == [key]


def test_who_makes_a_session_waits_until_what_was_left_is_gone(
    remains: SessionRemains, parts: SessionParts, monkeypatch: pytest.MonkeyPatch
):
    key = new_session_key()
    make_part(remains, "half a disk", key)
    with ThreadPoolExecutor(1) as threads:

        def make() -> list[str]:
            with parts.changing_sessions():
                return what_is_there(remains)

        made = []

        def remove(*_: object, **__: object) -> None:
            made.append(threads.submit(make))

        monkeypatch.setattr(session_parts, "remove_session_network", remove)
        assert parts.remove_left(remains.connect()) == [key]
        assert made[0].result(timeout=30) == []


def test_what_another_is_removing_is_left_to_them(
    remains: SessionRemains, parts: SessionParts, monkeypatch: pytest.MonkeyPatch
):
    session = abandon_session(remains, "ann", **NETWORKS)
    engine, seen = remains.connect(), []
    remove_network = session_parts.remove_session_network

    def look_and_remove(*args: object, **kwargs: object) -> None:
        assert engine.containers(all=True, filters={"name": [session.name]}) == []
        seen.append(parts.remove_left(engine))
        remove_network(*args, **kwargs)

    monkeypatch.setattr(session_parts, "remove_session_network", look_and_remove)
    remains.remove(session.name)
    assert seen == [[]]
    assert not session.workspace.is_open


def test_many_who_look_at_once_remove_all_and_none_fails(remains: SessionRemains, parts: SessionParts):
    keys = {part: new_session_key() for part in PARTS}
    for part, key in keys.items():
        make_part(remains, part, key)
    with ThreadPoolExecutor(6) as threads:
        looks = list(threads.map(parts.remove_left, [remains.connect()] * 6))
    assert [key for look in looks for key in look] == sorted(keys.values())
    assert what_is_there(remains) == []


def test_one_that_cannot_be_removed_keeps_no_other(remains: SessionRemains, parts: SessionParts):
    engine, keys = remains.connect(), sorted(new_session_key() for _ in range(3))
    for key in keys:
        make_part(remains, "entrance", key)
    make_part(remains, "network", keys[1])
    config = {"Image": IMAGE, "Cmd": ["sleep", "60"]}
    config["HostConfig"] = {"NetworkMode": network_name(remains.instance, keys[1])}
    stranger = engine.create_container_from_config(config)["Id"]
    engine.start(stranger)
    try:
        with pytest.raises(APIError, match="active endpoints"):
            parts.remove_left(engine)
        assert what_is_there(remains) == [network_name(remains.instance, keys[1]), keys[1]]
    finally:
        engine.remove_container(stranger, force=True)
    assert parts.remove_left(engine) == [keys[1]]
