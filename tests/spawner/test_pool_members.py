"""Sessions that wait, at a real engine: each is handed out once, or removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from docker.errors import APIError, NotFound

from spawner.docker_rendering import WORKSPACE_MOUNT_POINT
from spawner.errors import WorkspaceUnavailable
from spawner.labels import (
    discarded_name,
    new_session_key,
    pool_name,
    session_labels,
    session_name,
)
from spawner.pool_members import PoolMembers
from spawner.session_maker import Session
from spawner.session_remains import SessionRemains
from spawner.workspace_entrance import WorkspaceEntrance
from tests.abandoned_session import IMAGE

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone: all that waits is a member."""
    return "containrlab-test-members"


@pytest.fixture
def stand_in(members: PoolMembers) -> Iterator[Callable[[], Session]]:
    """Makes members that have an entrance, and a container that does not run."""
    made: list[Session] = []

    def make() -> Session:
        key = new_session_key()
        name = pool_name(members.maker.instance, key)
        config = {"Image": IMAGE, "Labels": session_labels(members.maker.instance, key, "recipe")}
        WorkspaceEntrance(members.maker.folder, key).make()
        container = members.engine.create_container_from_config(config, name)["Id"]
        made.append(Session(container, name, key, "recipe", "", ""))
        return made[-1]

    yield make
    for session in made:
        with suppress(NotFound):
            members.engine.remove_container(session.id, force=True)
        members.maker.parts.remove(members.engine, session.key)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each answers when all are called at the same moment."""
    barrier = Barrier(len(calls))

    def call(function: Callable[[], Any]) -> Any:
        barrier.wait(30)
        return function()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(call, calls))


def container_of(members: PoolMembers, name: str) -> str | None:
    """The id of the container of this name."""
    try:
        return str(members.engine.inspect_container(name)["Id"])
    except NotFound:
        return None


def test_of_twenty_who_claim_the_same_one_gets_it(members: PoolMembers, stand_in):
    session = stand_in()
    names = [session_name(members.maker.instance, f"learner{number}") for number in range(20)]
    claims = [lambda name=name: members.claim(session, name) for name in names]
    answers = at_once(*claims)
    assert answers.count(True) == 1
    assert [container_of(members, name) == session.id for name in names] == answers
    assert not members.list_all()


def test_one_who_claims_twice_has_one(members: PoolMembers, stand_in):
    name = session_name(members.maker.instance, "twice")
    sessions = [stand_in(), stand_in()]
    answers = at_once(*(lambda session=session: members.claim(session, name) for session in sessions))
    assert sorted(answers) == [False, True]
    assert container_of(members, name) == sessions[answers.index(True)].id
    assert [member.session for member in members.list_all()] == [sessions[answers.index(False)]]


def test_what_is_claimed_is_not_removed_and_what_is_removed_not_claimed(members: PoolMembers, stand_in):
    for number in range(10):
        session, name = stand_in(), session_name(members.maker.instance, f"late{number}")
        discarded, got = at_once(
            lambda session=session: members.discard(session),
            lambda session=session, name=name: members.claim(session, name),
        )
        assert discarded is not got
        assert container_of(members, name) == (session.id if got else None)
    assert not members.remains.list_waiting()


def test_a_learner_who_has_a_session_is_given_no_other(members: PoolMembers, stand_in):
    name = session_name(members.maker.instance, "has-one")
    first, second = stand_in(), stand_in()
    assert members.claim(first, name)
    assert not members.claim(second, name)
    assert container_of(members, second.name) == second.id


def test_what_could_not_be_removed_is_removed_later_and_is_no_member(
    members: PoolMembers, stand_in, monkeypatch: pytest.MonkeyPatch
):
    session = stand_in()
    with monkeypatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise APIError("the engine is busy")

        patch.setattr(SessionRemains, "remove", refuse)
        with pytest.raises(APIError):
            members.discard(session)
    assert session.key not in [member.session.key for member in members.list_all()]
    assert container_of(members, discarded_name(members.maker.instance, session.key)) == session.id
    members.remove_discarded()
    assert container_of(members, session.id) is None


def test_one_without_an_entrance_can_be_removed(members: PoolMembers, stand_in):
    session = stand_in()
    WorkspaceEntrance(members.maker.folder, session.key).remove()
    assert members.discard(session)
    assert container_of(members, session.id) is None


def test_a_workspace_that_does_not_reach_its_session_is_noticed(
    members: PoolMembers, stand_in, tmp_path: Path
):
    session = stand_in()
    engine, entrance = members.engine, WorkspaceEntrance(members.maker.folder, session.key)
    mount = {"Type": "bind", "Source": str(entrance.path), "Target": WORKSPACE_MOUNT_POINT}
    labels = session_labels(members.maker.instance, session.key, "recipe")
    config = {"Image": IMAGE, "Cmd": ["sleep", "60"], "Labels": labels, "HostConfig": {"Mounts": [mount]}}
    deaf = engine.create_container_from_config(config, session_name(members.maker.instance, "deaf"))["Id"]
    engine.start(deaf)
    try:
        with pytest.raises(WorkspaceUnavailable, match="not seen there"):
            members.admit(Session(deaf, "deaf", session.key, "recipe", "", ""), tmp_path)
    finally:
        members.remains.remove(session_name(members.maker.instance, "deaf"))
