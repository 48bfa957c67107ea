"""How sessions are made, on a real engine: whole, or not at all."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError, NotFound

from hub_config.settings import load_settings
from spawner import session_maker
from spawner.docker_rendering import HostFolder, Volume
from spawner.errors import (
    ImageStoreMissing,
    LoopDiskUnavailable,
    NetworksExhausted,
    RuntimeMissing,
    WorkspaceUnavailable,
)
from spawner.image_store import find_image_store
from spawner.labels import INSTANCE, OWNER, SESSION, network_name, session_name
from spawner.session_maker import Session, SessionMaker
from spawner.session_parts import SessionParts
from spawner.session_policy import DiskLimit, Egress, SessionPolicy
from spawner.session_remains import SessionRemains
from spawner.session_storage import SessionStorage
from tests.abandoned_session import IMAGE

pytestmark = pytest.mark.engine

LEARNER = "o'brien"
LIMIT = DiskLimit.of_mebibytes(64)
POLICY = SessionPolicy(engine_data=LIMIT, workspace=LIMIT)


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone."""
    return "containrlab-test-maker"


@pytest.fixture
def maker(
    clean_engine: docker.APIClient, image_store: str, instance: str, tmp_path: Path
) -> Iterator[SessionMaker]:
    """Of a course whose state folder is the test's; nothing is left at the end."""
    maker = SessionMaker(
        folder=tmp_path,
        instance=instance,
        image=load_settings().session_image,
        policy=POLICY,
        disk_provider="auto",
        bridge_prefix="cm",
        networks=ipaddress.IPv4Network("10.214.17.0/29"),
        egress_port=8083,
    )
    yield maker
    remains = SessionRemains(tmp_path, instance, lambda: clean_engine)
    for name in remains.list_sessions():
        remains.remove(name)
    with suppress(NotFound):
        clean_engine.remove_volume(f"{instance}-workspace-o-27brien")


def make(engine: docker.APIClient, maker: SessionMaker) -> Session:
    def open_workspace(_key: str) -> Volume:
        return maker.storage.open_workspace(engine, maker.policy, LEARNER, "o-27brien")

    return maker.make(engine, name=lambda _: session_name(maker.instance, LEARNER), workspace=open_workspace)


def what_is_there(engine: docker.APIClient, maker: SessionMaker) -> list[str]:
    """Of any session: containers, networks, disks and mounts."""
    filters = {"label": [f"{INSTANCE}={maker.instance}", SESSION]}
    there = engine.containers(all=True, filters=filters) + engine.networks(filters=filters)
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(maker.folder) in line]
    return [*map(str, there), *mounts, *map(str, maker.folder.glob("session-disks/*"))]


def test_a_session_is_as_it_is_listed_and_says_nothing_of_its_learner(
    clean_engine: docker.APIClient, maker: SessionMaker
):
    session = make(clean_engine, maker)
    (listed,) = clean_engine.containers(filters={"label": [f"{SESSION}={session.key}"]})
    assert Session.of(listed) == session
    assert (session.gateway, session.address) == ("10.214.17.1", "10.214.17.2")
    container = clean_engine.inspect_container(session.id)
    network = clean_engine.inspect_network(network_name(maker.instance, session.key))
    for labels in (container["Config"]["Labels"], network["Labels"]):
        assert OWNER not in labels
        assert labels[SESSION] == session.key
    own = set(container["Config"]["Env"]) - set(clean_engine.inspect_image(maker.image)["Config"]["Env"])
    assert own == {"CONTAINRLAB_ENDS_CROWDS=1", "CONTAINRLAB_EGRESS_PROXY=http://10.214.17.1:8083"}
    assert "brien" not in str({**container["Config"], "Image": "", "Labels": ""})
    bridge = network["Options"]["com.docker.network.bridge.name"]
    ports = [port.name for port in Path("/sys/class/net", bridge, "brif").iterdir()]
    assert len(ports) == 1
    for name in (bridge, *ports):
        assert Path("/proc/sys/net/ipv6/conf", name, "disable_ipv6").read_text() == "1\n"


def _fail(error: BaseException) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise error

    return fail


def _second_time(function: Callable[..., Any], error: BaseException) -> Callable[..., Any]:
    calls: list[object] = []

    def call(*args: object) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise error
        return function(*args)

    return call


NO_DISK = LoopDiskUnavailable("no loop device")
NOWHERE = {"type": "none", "o": "bind", "device": "/nosuch"}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        pytest.param({"policy": replace(POLICY, runtime="nosuch")}, RuntimeMissing, id="runtime"),
        pytest.param({"image": "containrlab-nosuch"}, NotFound, id="image"),
        pytest.param({"networks": ipaddress.IPv4Network("172.17.0.0/29")}, NetworksExhausted, id="docker0's"),
    ],
)
def test_what_a_session_cannot_be_made_of_leaves_nothing(
    clean_engine: docker.APIClient, maker: SessionMaker, change: dict[str, Any], error: type[Exception]
):
    with pytest.raises(error):
        make(clean_engine, replace(maker, **change))
    assert what_is_there(clean_engine, maker) == []


@pytest.mark.parametrize(
    ("owner", "function", "answer", "error"),
    [
        (SessionStorage, "make_engine_data", _fail(NO_DISK), LoopDiskUnavailable),
        pytest.param(
            session_maker,
            "find_image_store",
            _second_time(find_image_store, ImageStoreMissing("none")),
            ImageStoreMissing,
            id="store, once there is a disk",
        ),
        (SessionStorage, "open_workspace", _fail(WorkspaceUnavailable("lost")), WorkspaceUnavailable),
        pytest.param(
            SessionStorage,
            "open_workspace",
            lambda *_: HostFolder("/workspace", "/nosuch"),
            APIError,
            id="container",
        ),
        pytest.param(
            SessionStorage,
            "open_workspace",
            lambda *_: Volume("/workspace", {}, options=NOWHERE),
            APIError,
            id="its start",
        ),
        pytest.param(session_maker, "disable_ipv6", _fail(OSError("no")), OSError, id="after its start"),
        pytest.param(
            session_maker, "disable_ipv6", _fail(KeyboardInterrupt()), KeyboardInterrupt, id="a signal"
        ),
    ],
)
def test_where_a_step_fails_nothing_is_left_and_the_next_one_is_made(
    clean_engine: docker.APIClient,
    maker: SessionMaker,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    function: str,
    answer: Callable[..., Any],
    error: type[BaseException],
):
    with monkeypatch.context() as patch:
        patch.setattr(owner, function, answer)
        with pytest.raises(error):
            make(clean_engine, maker)
    assert [one for one in what_is_there(clean_engine, maker) if "/workspaces/" not in one] == []
    if function == "disable_ipv6":
        make(clean_engine, maker)  # in the only network of its block


def test_another_of_its_name_is_left_alone(clean_engine: docker.APIClient, maker: SessionMaker):
    name = session_name(maker.instance, LEARNER)
    other = clean_engine.create_container_from_config({"Image": IMAGE, "Cmd": ["true"]}, name)["Id"]
    try:
        with pytest.raises(APIError, match="already in use"):
            make(clean_engine, maker)
        assert clean_engine.inspect_container(name)["Id"] == other
    finally:
        clean_engine.remove_container(other)


def test_why_it_was_not_made_is_told_also_where_something_stays(
    clean_engine: docker.APIClient, maker: SessionMaker, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(SessionStorage, "open_workspace", _fail(WorkspaceUnavailable("lost")))
        patch.setattr(SessionParts, "remove", _fail(NO_DISK))
        with pytest.raises(WorkspaceUnavailable):
            make(clean_engine, maker)
    assert len(maker.parts.remove_left(clean_engine)) == 1


OTHER_POLICIES = {
    "memory_bytes": 1 << 30,
    "cpus": 0.5,
    "processes": 256,
    "open_files": 1024,
    "log_bytes": 1000,
    "temporary_bytes": 1 << 20,
    "home_bytes": 1 << 20,
    "engine_data": DiskLimit.of_mebibytes(65),
    "workspace": DiskLimit.of_mebibytes(65),
    "egress": Egress.NONE,
    "runtime": "runc",
}
OTHER_MAKERS = {
    "image": IMAGE,
    "disk_provider": "none",
    "bridge_prefix": "cn",
    "networks": ipaddress.IPv4Network("10.214.18.0/29"),
    "egress_port": 8084,
    "image_store": "another",
}
NOT_IN_A_RECIPE = {"folder", "instance", "policy"}
"""A course's own, in which all its sessions are; and what `OTHER_POLICIES` has."""


def test_a_recipe_is_another_with_all_that_a_session_is_made_of(
    clean_engine: docker.APIClient, maker: SessionMaker, monkeypatch: pytest.MonkeyPatch
):
    assert set(OTHER_POLICIES) == {field.name for field in dataclasses.fields(SessionPolicy)}
    others = [
        replace(maker, policy=replace(POLICY, **{name: value})) for name, value in OTHER_POLICIES.items()
    ]
    others += [replace(maker, **{name: value}) for name, value in OTHER_MAKERS.items()]
    recipes = [one.find_recipe(clean_engine) for one in (maker, *others)]
    monkeypatch.setattr(session_maker, "find_image_store", lambda _: "newer")
    recipes.append(maker.find_recipe(clean_engine))
    assert len(set(recipes)) == len(recipes) == 1 + len(OTHER_POLICIES) + len(OTHER_MAKERS) + 1


def test_a_recipe_is_the_same_for_all_sessions(clean_engine: docker.APIClient, maker: SessionMaker):
    assert make(clean_engine, maker).recipe == maker.find_recipe(clean_engine)
