"""A session that waited and one that did not, at a real engine: nobody can tell them apart."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operator_cli.waiting import wait_for
from spawner.docker_rendering import LOW_SHARES, SHARES, Volume
from spawner.labels import CREATED, network_name, session_name
from spawner.pool_members import PoolMembers
from spawner.session_maker import Session
from spawner.session_storage import find_workspace_folder

pytestmark = pytest.mark.engine

PREPARED_SECONDS = 60
WARM, COLD = "warm", "cold"


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone: all that waits is a member."""
    return "containrlab-test-warm"


@pytest.fixture(scope="module")
def warm(members: PoolMembers) -> Session:
    """A session that waited until it was prepared, and was then claimed."""
    session = members.make()
    (member,) = members.list_all()
    assert (member.session, member.is_running) == (session, True)
    assert members.engine.inspect_container(session.id)["HostConfig"]["CpuShares"] == LOW_SHARES
    assert wait_for(lambda: members.is_prepared(session), PREPARED_SECONDS)
    assert members.claim(session, session_name(members.maker.instance, WARM))
    members.admit(session, find_workspace_folder(members.engine, open_workspace(members, WARM)))
    assert members.list_all() == []
    return session


@pytest.fixture(scope="module")
def cold(members: PoolMembers) -> Session:
    """A session that was made for its learner."""
    name = session_name(members.maker.instance, COLD)
    return members.maker.make(
        members.engine, name=lambda _: name, workspace=lambda _: open_workspace(members, COLD)
    )


def open_workspace(members: PoolMembers, learner: str) -> Volume:
    return members.maker.storage.open_workspace(members.engine, members.maker.policy, learner, learner)


def run(members: PoolMembers, session: Session, command: str) -> str:
    """What a learner's command prints."""
    call = members.engine.exec_create(session.id, ["bash", "-c", command], user="1000")
    output: bytes = members.engine.exec_start(call["Id"])
    return output.decode().strip()


def nameless(session: Session, value: Any) -> Any:
    """The same with what is each session's own replaced by what it is."""
    text = json.dumps(value, sort_keys=True)
    for what in ("key", "gateway", "address", "id"):
        text = text.replace(getattr(session, what), f"<{what}>")
    return json.loads(text)


def shape(value: Any) -> Any:
    """Names and types, without values."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__


def test_who_looks_at_the_engine_cannot_tell_which_one_waited(
    members: PoolMembers, warm: Session, cold: Session
):
    seen = []
    for session, learner in ((warm, WARM), (cold, COLD)):
        found = nameless(session, members.engine.inspect_container(session.id))
        assert found["Name"] == f"/{session_name(members.maker.instance, learner)}"
        found["HostConfig"].pop("Mounts")
        created = found["Config"]["Labels"].pop(CREATED)
        assert created
        network = nameless(
            session, members.engine.inspect_network(network_name(members.maker.instance, session.key))
        )
        network["Labels"].pop(CREATED)
        options = network.pop("Options")
        seen.append(
            {
                "host": found["HostConfig"],
                "config": found["Config"],
                "addresses": shape(found["NetworkSettings"]),
                "mounts": sorted(mount["Destination"] for mount in found["Mounts"]),
                "keys": shape(found | {"Mounts": [], "State": ""}),
                "network": {
                    name: network[name] for name in ("Name", "Labels", "Internal", "EnableIPv6", "Driver")
                },
                "bridge": {name: value.split("-")[0] for name, value in options.items()},
            }
        )
    assert seen[0] == seen[1]
    assert seen[0]["host"]["CpuShares"] == SHARES


@pytest.mark.parametrize(
    "command",
    [
        "grep ' /workspace ' /proc/self/mounts | tail -n 1 | cut -d ' ' -f 2-",
        "df --output=size,itotal,target /workspace; stat --format '%u %g %a' /workspace; ls -A /workspace",
        "cd /sys/fs/cgroup; cat cpu.weight cpu/cpu.shares pids.max pids/pids.max 2> /dev/null",
        "env | grep -v PROXY | sort",
        "cat /proc/sys/net/ipv6/conf/all/disable_ipv6; ip -6 address show scope global",
    ],
)
def test_who_looks_in_a_session_cannot_tell_whether_it_waited(
    members: PoolMembers, warm: Session, cold: Session, command: str
):
    answers = [nameless(session, run(members, session, command)) for session in (warm, cold)]
    assert answers[0]
    assert answers[0].replace("/dev/loop", "") == answers[1].replace("/dev/loop", "")


def test_the_engine_in_a_session_that_waited_has_its_learners_workspace(members: PoolMembers, warm: Session):
    assert (
        run(members, warm, "wait-for-engine 30 && echo mine > /workspace/a.txt; cat /workspace/a.txt")
        == "mine"
    )
    inner = "docker run --rm -v /workspace:/w python:3.13-slim sh -c 'cat /w/a.txt; echo inner > /w/b.txt'"
    assert run(members, warm, f"{inner}; cat /workspace/b.txt") == "mine\ninner"
