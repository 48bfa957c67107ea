"""One real hub with its proxy and course service, for all tests here that ask it."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from hub_config.settings import Settings
from operator_cli.hub_process import running_hub
from operator_cli.progress import Progress

from .running_hub import CANARY, HOST, Hub

CONFIG_FILE = Path(__file__).parent / "config_without_engine.py"


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with a public URL, started as `containrlab up` starts it."""
    with ExitStack() as sockets:
        ports = [_free_port(sockets) for _ in range(4)]
    secret_file = tmp_path_factory.mktemp("secrets") / "github-secret"
    secret_file.write_text(f"{CANARY}-in-a-file")
    environment = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "CONTAINRLAB_STATE_DIR": str(tmp_path_factory.mktemp("hub") / "state"),
        "CONTAINRLAB_INSTANCE": "containrlab-test-hub",
        "CONTAINRLAB_PUBLIC_URL": f"https://{HOST}:{ports[0]}",
        "CONTAINRLAB_PORT": str(ports[0]),
        "CONTAINRLAB_HUB_PORT": str(ports[1]),
        "CONTAINRLAB_PROXY_API_PORT": str(ports[2]),
        "CONTAINRLAB_COURSE_PORT": str(ports[3]),
        "CONTAINRLAB_JUDGE_SPARES": "0",
        "CONTAINRLAB_ALLOWED_ORGANIZATIONS": "school",
        "CONTAINRLAB_ADMIN_PASSWORD": f"{CANARY}-for-admins-who-are-many-characters-long",
        "CONTAINRLAB_TRIAL_PASSWORD": f"{CANARY}-trial",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "GITHUB_CLIENT_ID": "id",
        "GITHUB_CLIENT_SECRET_FILE": str(secret_file),
    }
    settings = Settings.from_environment(environment)
    printed = io.StringIO()
    with running_hub(settings, environment, Progress(Console(file=printed)), CONFIG_FILE) as process:
        pid = int(process.pid_file.read_text())
        yield Hub(settings, psutil.Process(pid), printed)


@pytest.fixture
def session(hub: Hub) -> Iterator[Callable[..., dict[str, str]]]:
    """Starts learners' sessions, and ends them after the test."""
    names = []

    def start(name: str, options: dict[str, object] | None = None) -> dict[str, str]:
        names.append(name)
        return hub.start_session(name, options)

    yield start
    for name in names:
        hub.stop_session(name)


def _free_port(sockets: ExitStack) -> int:
    probe = sockets.enter_context(socket.socket())
    probe.bind(("127.0.0.1", 0))
    return int(probe.getsockname()[1])
