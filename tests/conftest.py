"""Fixtures that tests of several folders share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import docker
import pytest
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from spawner.docker_engine import connect_engine
from spawner.errors import ImageStoreMissing, SpawnerError
from spawner.image_store import find_image_store
from spawner.labels import INSTANCE
from tests.browsing import launch_chromium
from tests.claims_table import (  # noqa: F401 - a fixture, and hooks of pytest
    claim,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
from tests.gemini_fixtures import gemini, gemini_server  # noqa: F401 - fixtures
from tests.postgres_server import MISSING, PostgresServer, has_postgres

LONGEST_FIRST = (
    *("hostile", "operator_cli", "end_to_end", "course_service", "hub_config", "attacks", "faults"),
    *("dind_image", "spawner", "judge_extension", "test_packaging.py"),
)
"""What takes minutes, or half of one: begun first, so that no worker has one left when the others end."""


class FolderScheduling(LoadScopeScheduling):
    """Gives a folder's tests to one worker: they share ports, names and costly fixtures."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("/")[1]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several workers run (`-n`, with `--no-loadscope-reorder`), the longest folders come first."""
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid.split("/")[1]))


def _turn(folder: str) -> int:
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FolderScheduling:
    """For `pytest -n`, with any --dist."""
    return FolderScheduling(config, log)


@pytest.fixture(scope="session")
def instance() -> str:
    """Label and name prefix of what tests make in the engine; a running course on it is another's."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")  # workers count what is left of theirs apart
    return f"containrlab-test-{worker}" if worker else "containrlab-test"


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.APIClient]:
    """The machine's Docker engine; without one the test fails, and says what would mend it."""
    try:
        client = connect_engine()
    except SpawnerError as error:
        pytest.fail(f"This test needs a Docker engine; run: containrlab prepare. {error}", pytrace=False)
    yield client
    client.close()


@pytest.fixture(scope="session")
def image_store(engine: docker.APIClient) -> str:
    """The name of the complete image store's volume."""
    try:
        return find_image_store(engine)
    except ImageStoreMissing as error:
        pytest.fail(f"This test needs our images: {error}", pytrace=False)


# For one test: while it is there, Playwright's event loop is, and asynchronous fixtures need their own.
@pytest.fixture
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def clean_engine(engine: docker.APIClient, instance: str) -> Iterator[docker.APIClient]:
    """The engine, for a test that must leave nothing of the test instance behind."""
    yield engine
    leftovers = _list_leftovers(engine, instance)
    assert leftovers == [], f"left behind in the engine: {leftovers}"


def _list_leftovers(engine: docker.APIClient, instance: str) -> list[str]:
    """Names of all containers, networks and volumes that carry the instance's label."""
    filters = {"label": [f"{INSTANCE}={instance}"]}
    containers = [container["Names"][0] for container in engine.containers(all=True, filters=filters)]
    networks = [network["Name"] for network in engine.networks(filters=filters)]
    volumes = [volume["Name"] for volume in engine.volumes(filters=filters)["Volumes"] or ()]
    return containers + networks + volumes


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own; skips, and says why, where its programs are missing."""
    if not has_postgres():
        pytest.skip(MISSING)
    with PostgresServer() as server:
        yield server
