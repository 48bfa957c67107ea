"""Real hubs with their proxy and course service, one for each way to sign in, for all tests here."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from hub_config.settings import Settings
from operator_cli.hub_process import running_hub
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for
from tests.github_stand_in import GitHubStandIn

from .github_hub import GitHubHub
from .hub_environment import GITHUB_SECRET, make_environment
from .planned_course import write_course_file
from .running_hub import CANARY, Hub
from .small_course import EXTENSION, SECONDS, SESSION_LENGTH, SmallCourse

FOLDER = Path(__file__).parent


@pytest.fixture(scope="package")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with a public URL, started as `containrlab up` starts it."""
    environment = make_environment(tmp_path_factory, "containrlab-test-hub", "https")
    with _running(environment, FOLDER / "config_without_github.py") as hub:
        yield hub


@pytest.fixture(scope="module")
def github_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHubHub]:
    """A hub whose learners sign in at a stand-in for GitHub."""
    github = GitHubStandIn(GITHUB_SECRET, token_prefix=f"gho_{CANARY}-")
    environment = {
        **make_environment(tmp_path_factory, "containrlab-test-github", "http"),
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


@contextmanager
def _running(environment: dict[str, str], config_file: Path) -> Iterator[Hub]:
    settings = Settings.from_environment(environment)
    printed = io.StringIO()
    with running_hub(settings, environment, Progress(Console(file=printed)), config_file) as running:
        pid = int(running.process.pid_file.read_text())
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


@pytest.fixture(scope="package")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCourse]:
    """A hub with two places."""
    with ExitStack() as stack:
        # No public URL: a browser then needs neither certificates nor names.
        places = {
            "CONTAINRLAB_SESSIONS": "2",
            "CONTAINRLAB_PUBLIC_URL": "",
            "CONTAINRLAB_ADMIN_USERS": "teacher",
            "CONTAINRLAB_COURSE_FILE": str(write_course_file(tmp_path_factory.mktemp("plan"))),
        }
        environment = make_environment(tmp_path_factory, "containrlab-test-places", "http") | places
        yield SmallCourse(environment, stack)


@pytest.fixture(scope="package")
def hasty_course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallCourse]:
    """A hub with one place, sessions of `SESSION_LENGTH`, and extensions of `EXTENSION`."""
    with ExitStack() as stack:
        settings = {
            "CONTAINRLAB_PUBLIC_URL": "",
            "CONTAINRLAB_SESSIONS": "1",
            "CONTAINRLAB_SESSION_MINUTES": str(SESSION_LENGTH / timedelta(minutes=1)),
            "CONTAINRLAB_EXTENSION_MINUTES": str(EXTENSION / timedelta(minutes=1)),
        }
        environment = make_environment(tmp_path_factory, "containrlab-test-hasty", "http") | settings
        yield SmallCourse(environment, stack)


@pytest.fixture
def full_course(course: SmallCourse) -> Iterator[SmallCourse]:
    """Ann and Ben have sessions, Cem and Dia wait."""
    names = ("ann", "ben", "cem", "dia")
    course.want(*names)
    assert wait_for(lambda: course.running(*names) == {"ann", "ben"}, SECONDS)
    yield course
    for name in reversed(names):
        with suppress(AssertionError):
            course.give_up(name)
