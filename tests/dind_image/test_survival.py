"""What a session's server, and the session beside it, notice of a learner's fork bomb or memory hog.

Both are real sessions with a JupyterLab server, asked without pause while the attack runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from operator_cli.errors import KernelLimitRefused
from operator_cli.kernel_limits import raise_kernel_limits

from .conftest import Session

pytestmark = pytest.mark.engine

SERVER = ("jupyter-lab", "--ip=0.0.0.0", "--no-browser", "--IdentityProvider.token=learner")
TERMINAL = "choom -n 300 -- nice -n 10"
"""How the server starts terminals and notebooks (jupyter_server_config.json, kernel.json)."""
WAIT_SECONDS = 30
NEIGHBOURS_LATENCY = 2.0
"""Seconds; the two share this machine's processors with the attack, and with other tests."""
FORKS_OF_MANY = """import os
while True:
    try:
        if os.fork() == 0:
            os.setreuid(os.getpid() % 60000 + 1, 0)
    except OSError:
        pass
"""
HOGS = """import os, time
for _ in range(14):  # 120 MB each: more than the session's 1.5 GB
    if os.fork() == 0:
        kept = b"x" * 120_000_000
        time.sleep(2)
        os._exit(0)
for _ in range(14):
    os.wait()
"""


@dataclass
class Watch:
    """How a server answered while it was watched: the longest time, and what it did not answer."""

    url: str
    slowest: float = 0.0
    silences: list[str] = field(default_factory=list)

    def ask(self) -> None:
        began = time.monotonic()
        try:
            urlopen(self.url, timeout=20).close()
        except (URLError, TimeoutError, ConnectionError) as error:
            self.silences.append(f"{error}")
        self.slowest = max(self.slowest, time.monotonic() - began)


@pytest.fixture(scope="module")
def attacker(start_session: Callable[..., Session]) -> Session:
    """A session as the hub starts it, less the hub."""
    session = start_session("attacker", *SERVER, CONTAINRLAB_ENDS_CROWDS="1")
    for name, program in {"forks": FORKS_OF_MANY, "hogs": HOGS}.items():
        session.run("bash", "-c", f"cat > /workspace/{name}.py <<'END'\n{program}END")
    return session


@pytest.fixture(scope="module")
def neighbour(start_session: Callable[..., Session]) -> Session:
    """The session beside it."""
    return start_session("neighbour", *SERVER, CONTAINRLAB_ENDS_CROWDS="1")


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(
            "docker run --rm python:3.13-slim timeout -s KILL 3 bash -c 'f(){ f|f& };f; sleep 9'",
            id="fork bomb in a container",
        ),
        pytest.param(
            "docker run --rm -v /workspace:/w python:3.13-slim python /w/forks.py",
            id="fork bomb of many users in a container",
        ),
        pytest.param(f"{TERMINAL} bash -c 'f(){{ f|f& }};f; sleep 30'", id="fork bomb in a terminal"),
        pytest.param(
            f"{TERMINAL} unshare -Urpf bash -c 'f(){{ f|f& }};f; sleep 30'",
            id="fork bomb in a process namespace of a terminal",
        ),
        pytest.param(
            "docker run --rm -v /workspace:/w python:3.13-slim python /w/hogs.py",
            id="memory hogs in a container",
        ),
        pytest.param(f"{TERMINAL} python3 /workspace/hogs.py", id="memory hogs in a terminal"),
    ],
)
def test_servers_answer_during_an_attack_and_the_engine_works_after_it(
    attacker: Session, neighbour: Session, attack: str
):
    server = _server_start(attacker)
    with _watched(attacker) as own, _watched(neighbour) as others:
        attacker.try_run("bash", "-c", f"timeout {WAIT_SECONDS} {attack} > /dev/null 2>&1")
        _wait_until_docker_runs(attacker)
    print(f"slowest answer: own {own.slowest:.2f} s, the neighbour's {others.slowest:.2f} s")
    assert own.silences == []
    assert others.silences == []
    assert others.slowest < NEIGHBOURS_LATENCY
    assert _server_start(attacker) == server, "the learner's server was started anew"
    assert attacker.run("docker", "ps", "--all", "--quiet") == ""


def test_engine_that_dies_takes_its_containers_along(attacker: Session):
    attacker.run("docker", "run", "--detach", "--rm", "python:3.13-slim", "sleep", "4321")
    attacker.run("pkill", "-KILL", "-x", "dockerd")
    attacker.run("timeout", "20", "bash", "-c", "while pgrep -f 'sleep [4]321'; do sleep 0.1; done")
    _wait_until_docker_runs(attacker)
    assert attacker.run("docker", "ps", "--quiet") == ""


def test_file_watchers_of_one_session_are_not_taken_from_the_others(
    attacker: Session, neighbour: Session, tmp_path: Path
):
    with suppress(KernelLimitRefused):  # of other limits, on a machine that keeps them to itself
        raise_kernel_limits(sysctl_file=tmp_path / "60-containrlab.conf")
    take = (
        "import ctypes, resource, time; resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384)); "
        "taken = sum(ctypes.CDLL(None).inotify_init1(0) >= 0 for _ in range({})); "
        "print(taken, flush=True); time.sleep({})"
    )
    attacker.run("bash", "-c", f"python3 -c '{take.format(15000, 60)}' > /tmp/taken & echo $! > /tmp/taker")
    attacker.run("timeout", "30", "bash", "-c", "until grep -qx 15000 /tmp/taken; do sleep 0.1; done")
    assert neighbour.run("python3", "-c", take.format(100, 0)).strip() == "100"
    attacker.run("bash", "-c", "kill $(cat /tmp/taker)")


@pytest.mark.parametrize("kind", ["terminals", "kernels"])
def test_kernel_ends_terminals_and_notebooks_before_the_server(attacker: Session, kind: str):
    url = f"http://{attacker.address}:8888/api/{kind}"
    request = Request(url, data=b"{}", headers={"Authorization": "token learner"}, method="POST")
    urlopen(request, timeout=20).close()
    command = {"terminals": "^/bin/bash$", "kernels": "[i]pykernel_launcher -f"}[kind]
    scores = attacker.run(
        *("timeout", "20", "bash", "-c"),
        f"until pids=$(pgrep -f '{command}'); do sleep 0.1; done; "
        "for pid in $pids; do cat /proc/$pid/oom_score_adj; ps -o ni= $pid; done",
    )
    assert set(scores.split()) == {"300", "10"}


@contextmanager
def _watched(session: Session) -> Iterator[Watch]:
    watch = Watch(f"http://{session.address}:8888/api")
    watch.ask()
    over = threading.Event()

    def keep_asking() -> None:
        while not over.wait(0.05):
            watch.ask()

    thread = threading.Thread(target=keep_asking)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def _server_start(session: Session) -> str:
    """When the process that serves was started: the kernel's clock ticks."""
    return session.run("bash", "-c", "cut -d ' ' -f 22 /proc/$(pgrep -o -f bin/jupyter-lab)/stat")


def _wait_until_docker_runs(session: Session) -> None:
    session.run(
        *("timeout", str(WAIT_SECONDS), "bash", "-c"),
        "until docker run --rm python:3.13-slim true > /dev/null 2>&1; do sleep 0.1; done",
    )
