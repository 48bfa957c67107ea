"""What the corpus runs on, and its table: submission, expected, seen, seconds.

Nothing here stands in for the judge: sandboxes are real, and the requests go to the real service over HTTP.
"""

from __future__ import annotations

import os
import random
import socket
import string
import threading
from collections.abc import Callable, Iterator

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.firewall import load_firewall, remove_firewall
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from tests.claims_table import Claim, ClaimsTable
from tests.course_service.conftest import egress_proxy, settings, store  # noqa: F401 - fixtures

from .limits import DISK_MEBIBYTES
from .sandboxes import SandboxRunner

HOSTILE = ClaimsTable("hostile", ("5.5", "submission"), "hostile submissions ended as expected")


@pytest.fixture
def enter(claim: Callable[..., Claim]) -> Callable[[int | None, str, str], Claim]:
    """Begins the test's line of the table."""
    return lambda number, submission, expected: claim(
        HOSTILE, str(number or "+"), submission, expected=expected
    )


@pytest.fixture(scope="session")
def instance() -> str:
    """The name that this run's things in the engine carry: two runs on a machine are counted apart."""
    return f"containrlab-test-hostile-{os.getpid()}"


@pytest.fixture(scope="session")
def hub_port() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine on which the hub might listen, and who has come to it."""
    callers: list[str] = []

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, (address, _) = listener.accept()
            except OSError:
                return  # closed
            callers.append(address)
            connection.close()

    with socket.create_server(("", 0)) as listener:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1], callers
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="session")
def hostile_settings(
    tmp_path_factory: pytest.TempPathFactory,
    instance: str,
    egress_proxy: int,  # noqa: F811 - pytest gives the fixture by its name
    hub_port: tuple[int, list[str]],
) -> Iterator[Settings]:
    """Settings of a course with its firewall, as a running one has it."""
    course = Settings(
        instance=instance,
        bridge_prefix="h" + "".join(random.choices(string.ascii_lowercase, k=3)),  # and firewalled apart
        state_dir=tmp_path_factory.mktemp("hostile"),
        port=hub_port[0],
        egress_port=egress_proxy,
        judge_disk_mb=DISK_MEBIBYTES,
    )
    load_firewall(course, Packages(Progress()))
    yield course
    remove_firewall(course)


@pytest.fixture(scope="session")
def runner(hostile_settings: Settings, engine: docker.APIClient, image_store: str) -> Iterator[SandboxRunner]:
    """Judges rows; in the end nothing of them may be left."""
    runner = SandboxRunner(hostile_settings, engine)
    yield runner
    assert runner.close() == []
