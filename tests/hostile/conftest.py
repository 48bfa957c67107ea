"""What the corpus runs on, and its table: submission, expected, seen, seconds.

Nothing here stands in for the judge: sandboxes are real, and the requests go to the real service over HTTP.
"""

from __future__ import annotations

import json
import os
import random
import socket
import string
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import docker
import pytest
from rich.console import Console
from rich.table import Table

from hub_config.settings import ROOT, Settings
from operator_cli.firewall import load_firewall, remove_firewall
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from tests.course_service.conftest import egress_proxy, settings, store  # noqa: F401 - fixtures

from .limits import DISK_MEBIBYTES
from .sandboxes import SandboxRunner

ARTEFACT = ROOT / "test-artefacts" / "hostile.json"


@dataclass
class Entry:
    """A line of the table."""

    number: int | None
    submission: str
    expected: str
    seen: str = "nothing: the test broke off"
    seconds: float = 0.0
    held: bool = False

    def to_json(self) -> dict[str, object]:
        return {**vars(self), "seconds": round(self.seconds, 2)}


_ENTRIES = pytest.StashKey[list[Entry]]()
_OWN = pytest.StashKey[Entry]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(_ENTRIES, [])


@pytest.fixture
def enter(request: pytest.FixtureRequest) -> Callable[[int | None, str, str], Entry]:
    """Begins the test's line of the table."""

    def begin(number: int | None, submission: str, expected: str) -> Entry:
        entry = Entry(number, submission, expected)
        request.node.stash[_OWN] = entry
        request.config.stash.setdefault(_ENTRIES, []).append(entry)
        return entry

    return begin


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and _OWN in item.stash:
        item.stash[_OWN].held = report.passed
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    entries = config.stash.get(_ENTRIES, [])
    if not entries:
        return
    ARTEFACT.parent.mkdir(exist_ok=True)
    ARTEFACT.write_text(json.dumps([entry.to_json() for entry in entries], indent=1) + "\n")
    terminalreporter.section("hostile corpus")
    table = Table("5.5", "submission", "expected", "seen", "s", box=None, pad_edge=False)
    for entry in entries:
        seen = entry.seen if entry.held else f"FAILED: {entry.seen}"
        row = str(entry.number or "+"), entry.submission, entry.expected, seen, f"{entry.seconds:.1f}"
        table.add_row(*row)
    console = Console(width=140, no_color=True, markup=False, emoji=False, highlight=False)
    with console.capture() as capture:
        console.print(table)
    terminalreporter.write_line(capture.get())
    held = sum(entry.held for entry in entries)
    terminalreporter.write_line(
        f"{held} of {len(entries)} hostile submissions ended as expected; see {ARTEFACT}"
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
