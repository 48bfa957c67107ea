"""A session of the image's own command: nobody's until it is told whose it is, then that learner's."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from operator_cli.waiting import wait_for
from spawner.docker_rendering import LEARNER_UID

from .conftest import Session
from .session_hub import LEARNER, PORT, PREFIX, TOKEN, SessionHub

pytestmark = pytest.mark.engine

SECONDS = 60
PREPARED = "Prepared: this session waits for its learner.\n"
INITIAL_ENVIRONMENTS = "cat /proc/[0-9]*/environ | tr '\\0' '\\n'"
LISTENING = f"import socket; socket.create_connection(('127.0.0.1', {PORT})).close()"
STOPPED_ENGINE = "touch $XDG_RUNTIME_DIR/engine-stopped && pkill -KILL -x dockerd"
IMPATIENT = """
import sys
sys.path.insert(0, "/opt/containrlab")
import prepared_server
prepared_server.PING_SECONDS, prepared_server.ENGINE_SECONDS = 0.1, 1
sys.exit(prepared_server.main())
"""
IMPORTS = """
import json, os, sys
sys.path.insert(0, "/opt/containrlab")
import prepared_server
read = set()
class Recording(os._Environ):
    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)
os.environ.__class__ = Recording
prepared_server.import_server(os.memfd_create("a line"))
os.environ.__class__ = os._Environ
before = set(sys.modules)
import jupyterhub.singleuser
print(json.dumps({"read": sorted(read), "imported after": sorted(set(sys.modules) - before)}))
"""
OF_THE_HUB_ITSELF = ("JUPYTERHUB_METRICS_", "JUPYTERHUB_SERVER_", "JUPYTERHUB_XSRF_ANONYMOUS_")
"""Settings of the hub's own process, which it gives no server."""


@dataclass(frozen=True)
class Before:
    """What was to be seen of the session before it was told."""

    log: str
    engine_version: str
    listens: bool
    workspace: str


@dataclass(frozen=True)
class Claimed:
    """A session that waited, and was claimed with the files of a learner."""

    session: Session
    before: Before

    def get(self, path: str, token: str = "") -> httpx.Response:
        headers = {"Authorization": f"token {token}"} if token else {}
        return httpx.get(f"{self.url}{path}", headers=headers, trust_env=False, timeout=SECONDS)

    @property
    def url(self) -> str:
        return f"http://{self.session.address}:{PORT}{PREFIX}"


def write(session: Session, content: bytes) -> None:
    """Attach to the session's standard input, write, and detach: it ends there."""
    stream = session.engine.attach_socket(session.name, params={"stdin": 1, "stream": 1})
    stream._sock.sendall(content)
    stream._response.close()
    stream.close()


def end_of(session: Session) -> tuple[int, str]:
    exit_code = session.engine.wait(session.name, timeout=SECONDS)["StatusCode"]
    return exit_code, session.log()


def wait_until_prepared(session: Session) -> None:
    assert wait_for(lambda: session.log() == PREPARED, SECONDS), session.log()


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder whose mounts are handed on to who has it mounted."""
    shared = tmp_path_factory.mktemp("shared")
    subprocess.run(["mount", "--bind", shared, shared], check=True)
    subprocess.run(["mount", "--make-private", shared], check=True)
    subprocess.run(["mount", "--make-shared", shared], check=True)
    (shared / "entrance").mkdir()
    yield shared / "entrance"
    subprocess.run(["umount", "--recursive", "--lazy", shared], check=True)  # the session may still be there


@pytest.fixture(scope="module")
def claimed(
    start_session: Callable[..., Session], shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Claimed]:
    """As the hub does it: a session that is prepared, a disk that is mounted, a line that is written."""
    session = start_session("prepared", takes_input=True, workspace=shared_folder)
    wait_until_prepared(session)
    before = Before(
        session.log(),
        session.run("docker", "version", "--format", "{{.Server.Version}}"),
        session.try_run("python3", "-c", LISTENING)[0] == 0,
        session.run("ls", "-A", "/workspace"),
    )
    disk = tmp_path_factory.mktemp("disk")
    disk.chmod(0o755)
    (disk / "of-ada.txt").write_text("kept\n")
    os.chown(disk / "of-ada.txt", LEARNER_UID, LEARNER_UID)
    subprocess.run(["mount", "--bind", disk, shared_folder], check=True)
    hub = SessionHub(session.gateway)
    hub.start()
    write(session, json.dumps({"environment": hub.environment(), "arguments": []}).encode() + b"\n")
    claimed = Claimed(session, before)
    assert wait_for(lambda: _answers(claimed), SECONDS), session.log()
    yield claimed
    hub.stop()


def test_waiting_session_is_nobodys_and_has_its_engine(claimed: Claimed):
    assert claimed.before.log == PREPARED
    assert claimed.before.engine_version.strip()
    assert not claimed.before.listens
    assert claimed.before.workspace == ""


def test_server_is_the_learners_and_nobody_elses(claimed: Claimed):
    assert claimed.get("api/me", TOKEN).json()["identity"]["username"] == LEARNER
    assert claimed.get("api/me", "of-somebody-else").status_code == 403
    assert claimed.get("api/me").status_code == 403


def test_cookies_are_for_the_learners_path_alone(claimed: Claimed):
    # A class of JupyterHub's that is imported before it is known whose server this is would say "/".
    cookies = claimed.get("lab").headers.get_list("set-cookie")
    assert cookies
    assert all(f"Path={PREFIX}" in cookie for cookie in cookies), cookies


def test_token_is_in_no_description_and_no_initial_environment(claimed: Claimed):
    described = json.dumps(claimed.session.engine.inspect_container(claimed.session.name))
    assert TOKEN not in described
    assert TOKEN not in claimed.session.run("sh", "-c", INITIAL_ENVIRONMENTS)
    assert TOKEN not in claimed.session.log()


def test_only_the_server_has_had_the_line(claimed: Claimed):
    programs = ("python3 -P /opt/containrlab/prepared-server", "engine_supervisor.py", "^dockerd")
    looks = [f"readlink /proc/$(pgrep -o -f '{program}')/fd/0" for program in programs]
    assert claimed.session.run("sh", "-ec", "\n".join(looks)).split() == ["/dev/null"] * len(programs)


def test_learners_disk_is_seen_by_server_terminal_and_containers(claimed: Claimed):
    contents = claimed.get("api/contents", TOKEN).json()["content"]
    assert [entry["name"] for entry in contents] == ["of-ada.txt"]
    inside = "ls /proc/$(pgrep -o -f 'python3 -P /opt/containrlab/prepared-server')/cwd"
    assert claimed.session.run("sh", "-c", inside) == "of-ada.txt\n"

    headers = {"Authorization": f"token {TOKEN}"}
    httpx.post(f"{claimed.url}api/terminals", headers=headers, json={}, trust_env=False).raise_for_status()
    in_terminal = "cd /proc/$(pgrep -n -x bash)/cwd && cat of-ada.txt && echo more >> of-ada.txt"
    assert claimed.session.run("sh", "-c", in_terminal) == "kept\n"

    mounted = ["docker", "run", "--rm", "-v", "/workspace:/w", "python:3.13-slim", "cat", "/w/of-ada.txt"]
    assert claimed.session.run(*mounted) == "kept\nmore\n"


def test_nothing_that_the_hub_says_is_read_before_the_line_and_nothing_slow_imported_after(claimed: Claimed):
    printed = claimed.session.run("/opt/jupyter/bin/python3", "-P", "-c", IMPORTS)
    found = json.loads(printed.splitlines()[-1])
    too_early = [
        name
        for name in found["read"]
        if name.startswith(("JUPYTERHUB_", "JPY_", "CONTAINRLAB_")) and not name.startswith(OF_THE_HUB_ITSELF)
    ]
    assert too_early == []
    ours = ("jupyterhub.services", "jupyterhub.singleuser")
    assert [name for name in found["imported after"] if not name.startswith(ours)] == []


def test_session_that_nobody_claims_ends(start_session: Callable[..., Session]):
    session = start_session("unclaimed", takes_input=True)
    write(session, b"")
    exit_code, log = end_of(session)
    assert exit_code == 0
    assert log.removeprefix(PREPARED) == "Ended: standard input ended, and nobody claimed this session.\n"


def test_line_that_no_hub_writes_ends_the_session_and_is_not_logged(start_session: Callable[..., Session]):
    session = start_session("refused", takes_input=True)
    write(session, f"{TOKEN}\n".encode())
    exit_code, log = end_of(session)
    assert exit_code == 2
    assert log.removeprefix(PREPARED) == "Refused: the line that says whose server this is is not JSON.\n"


def test_session_whose_engine_stays_dead_ends(start_session: Callable[..., Session]):
    program = ["/opt/jupyter/bin/python3", "-P", "-c", IMPATIENT]
    session = start_session("engineless", *program, takes_input=True)
    wait_until_prepared(session)
    session.run("sh", "-c", STOPPED_ENGINE)
    assert end_of(session) == (1, f"{PREPARED}Ended: the Docker engine was silent for 1 s.\n")


def _answers(claimed: Claimed) -> bool:
    try:
        return claimed.get("api").is_success
    except httpx.TransportError:
        return False
