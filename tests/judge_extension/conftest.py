"""A real Jupyter server with our extension, beside a stand-in for the course service.

pytest-jupyter's fixtures are imported here alone: as a global plugin its clean-up makes a server for every
test of the project.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_jupyter.jupyter_core import *  # noqa: F403 # fixtures, which need each other
from pytest_jupyter.jupyter_server import *  # noqa: F403
from pytest_jupyter.pytest_tornasync import *  # noqa: F403
from traitlets.config import Config

from .course_stand_in import CourseStandIn
from .live_server import LiveServer

SERVER_TOKEN = "server-token-of-alice"


@pytest.fixture(autouse=True)
async def jp_asyncio_loop() -> asyncio.AbstractEventLoop:
    """The test's own loop; with one of pytest-jupyter's, server and test would wait for each other."""
    return asyncio.get_running_loop()


@pytest.fixture
def course() -> Iterator[CourseStandIn]:
    """The course service's stand-in, up and well."""
    stand_in = CourseStandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def course_timeout() -> float:
    """Seconds that the extension waits for the course service."""
    return 5.0


@pytest.fixture
def jp_server_config(course: CourseStandIn, course_timeout: float, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The extension, switched on as its configuration file does in the image."""
    monkeypatch.setenv("CONTAINRLAB_COURSE_URL", course.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", SERVER_TOKEN)
    extensions = {"judge_extension": True, "jupyter_server_terminals": True}
    return Config(
        {
            "ServerApp": {"jpserver_extensions": extensions},
            "JudgeExtension": {"course_timeout": course_timeout},
        }
    )


@pytest.fixture
def ask(jp_fetch: Callable[..., Any]) -> Callable[..., Any]:
    """Asks `{base_url}containrlab/api/PATH`; gives status and JSON, errors as well."""

    async def ask(path: str, **options: Any) -> tuple[int, Any]:
        if options.get("method") == "POST":
            options.setdefault("body", "")
        response = await jp_fetch("containrlab", "api", path, raise_error=False, **options)
        return response.code, json.loads(response.body)

    return ask


@pytest.fixture(scope="session")
def server_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One JupyterLab server with the extension, as a process of its own, for all tests that need one."""
    stand_in = CourseStandIn()
    stand_in.start()
    server = LiveServer(stand_in, tmp_path_factory.mktemp("live"), SERVER_TOKEN)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        stand_in.stop()


@pytest.fixture
def live(server_process: LiveServer) -> Iterator[LiveServer]:
    """The server process with an empty workspace and a service that is well."""
    server_process.clear()
    yield server_process
    server_process.course.release.set()
