"""What a session is told, at a real engine: whole, once, and by who comes first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import docker
import pytest
from docker.errors import APIError

from operator_cli.waiting import wait_for
from spawner.labels import Role, make_labels, new_session_key
from spawner.prepared_server import PREPARED, is_prepared, tell
from tests.abandoned_session import IMAGE

pytestmark = pytest.mark.engine

SECONDS = 20
Start = Callable[[str], str]


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone."""
    return "containrlab-test-told"


@pytest.fixture
def start(clean_engine: docker.APIClient, instance: str) -> Iterator[Start]:
    """Starts a container with a shell command, whose standard input is as a session's; its id."""
    started = []

    def call(command: str) -> str:
        config = {
            "Image": IMAGE,
            "Cmd": ["sh", "-c", command],
            "OpenStdin": True,
            "StdinOnce": True,
            "Labels": make_labels(instance, Role.SANDBOX),
            "HostConfig": {"NetworkMode": "none"},
        }
        name = f"{instance}-told-{new_session_key()}"
        started.append(clean_engine.create_container_from_config(config, name)["Id"])
        clean_engine.start(started[-1])
        return started[-1]

    yield call
    for container in started:
        clean_engine.remove_container(container, v=True, force=True)


def log_of(engine: docker.APIClient, container: str) -> str:
    """All that a container printed, once it has ended."""
    assert wait_for(lambda: not engine.inspect_container(container)["State"]["Running"], SECONDS)
    log: bytes = engine.logs(container)
    return log.decode()


@pytest.mark.parametrize("size", [1, 100_000, 1_000_000])
def test_all_of_it_arrives_in_one_line_and_nothing_follows(
    clean_engine: docker.APIClient, start: Start, size: int
):
    environment = {"JUPYTERHUB_API_TOKEN": "s" * size, "ODD": "a\n'b' ü \udcff"}
    container = start("head -n 1 | sha256sum; wc -c")
    tell(clean_engine, container, environment, ["--debug"])
    line = json.dumps({"environment": environment, "arguments": ["--debug"]}) + "\n"
    assert log_of(clean_engine, container).split() == [
        hashlib.sha256(line.encode()).hexdigest(),
        "-",
        "0",
    ]
    assert "sss" not in json.dumps(clean_engine.inspect_container(container))


def test_who_is_not_there_yet_hears_it_when_it_is(clean_engine: docker.APIClient, start: Start):
    container = start("until test -e /tmp/there; do sleep 0.1; done; cat")
    tell(clean_engine, container, {}, ["--here"])
    call = clean_engine.exec_create(container, ["touch", "/tmp/there"])
    clean_engine.exec_start(call["Id"])
    assert json.loads(log_of(clean_engine, container)) == {"environment": {}, "arguments": ["--here"]}


def test_only_who_tells_first_is_heard(clean_engine: docker.APIClient, start: Start):
    container = start("until test -e /tmp/all; do sleep 0.1; done; cat")
    tell(clean_engine, container, {}, ["--first"])
    with suppress(APIError, OSError):
        tell(clean_engine, container, {}, ["--second"])
    call = clean_engine.exec_create(container, ["touch", "/tmp/all"])
    clean_engine.exec_start(call["Id"])
    assert "--second" not in log_of(clean_engine, container)


def test_one_that_has_gone_cannot_be_told(clean_engine: docker.APIClient, instance: str):
    with pytest.raises(APIError):
        tell(clean_engine, f"{instance}-nosuch", {}, [])


def test_it_is_prepared_when_it_says_so(clean_engine: docker.APIClient, start: Start):
    container = start(f"echo starting; head -n 1; echo '{PREPARED.decode()}'; sleep 60")
    assert wait_for(lambda: b"starting" in clean_engine.logs(container), SECONDS)
    assert not is_prepared(clean_engine, container)
    tell(clean_engine, container, {}, [])
    assert wait_for(lambda: is_prepared(clean_engine, container), SECONDS)
