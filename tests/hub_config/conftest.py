"""Real hubs with their proxy and course service, one for each way to sign in, for all tests here."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from hub_config.settings import Settings
from operator_cli.hub_process import running_hub
from operator_cli.progress import Progress
from tests.github_stand_in import CLIENT_ID, GitHubStandIn

from .github_hub import GitHubHub
from .running_hub import CANARY, HOST, Hub

FOLDER = Path(__file__).parent
GITHUB_SECRET = f"{CANARY}-in-a-file"


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with a public URL, started as `containrlab up` starts it."""
    environment = _environment(tmp_path_factory, "containrlab-test-hub", "https")
    with _running(environment, FOLDER / "config_without_github.py") as hub:
        yield hub


@pytest.fixture(scope="module")
def github_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubHub]:
    """A hub whose learners sign in at a stand-in for GitHub."""
    github = GitHubStandIn(GITHUB_SECRET, token_prefix=f"gho_{CANARY}-")
    environment = {
        **_environment(tmp_path_factory, "containrlab-test-github", "http"),
        "CONTAINRLAB_ALLOWED_ORGANIZATIONS": "school,college:class",
        "CONTAINRLAB_ALLOWED_USERS": "guest",
        "CONTAINRLAB_ADMIN_USERS": "Gray",
        "CONTAINRLAB_CONTACT": "Ms Gray, gray@school.example",
        "GITHUB_URL": github.url,
    }
    try:
        with _running(environment, FOLDER / "config_without_engine.py") as hub:
            yield GitHubHub(hub, github)
    finally:
        github.stop()


def _environment(tmp_path_factory: pytest.TempPathFactory, instance: str, scheme: str) -> dict[str, str]:
    with ExitStack() as sockets:
        ports = [_free_port(sockets) for _ in range(4)]
    secret_file = tmp_path_factory.mktemp("secrets") / "github-secret"
    secret_file.touch(mode=0o600)
    secret_file.write_text(GITHUB_SECRET)
    return {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        "CONTAINRLAB_STATE_DIR": str(tmp_path_factory.mktemp("hub") / "state"),
        "CONTAINRLAB_INSTANCE": instance,
        "CONTAINRLAB_PUBLIC_URL": f"{scheme}://{HOST}:{ports[0]}",
        "CONTAINRLAB_PORT": str(ports[0]),
        "CONTAINRLAB_HUB_PORT": str(ports[1]),
        "CONTAINRLAB_PROXY_API_PORT": str(ports[2]),
        "CONTAINRLAB_COURSE_PORT": str(ports[3]),
        "CONTAINRLAB_JUDGE_SPARES": "0",
        "CONTAINRLAB_ALLOWED_ORGANIZATIONS": "school",
        "CONTAINRLAB_ADMIN_PASSWORD": f"{CANARY}-for-admins-who-are-many-characters-long",
        "CONTAINRLAB_TRIAL_PASSWORD": f"{CANARY}-trial",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "GITHUB_CLIENT_ID": CLIENT_ID,
        "GITHUB_CLIENT_SECRET_FILE": str(secret_file),
    }


@contextmanager
def _running(environment: dict[str, str], config_file: Path) -> Iterator[Hub]:
    settings = Settings.from_environment(environment)
    printed = io.StringIO()
    with running_hub(settings, environment, Progress(Console(file=printed)), config_file) as process:
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
