"""The course that is attacked, and the table of what came of it."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from tests.running_course import own_settings, run_course

from .battlefield import PLACES, Battlefield, host_process, listening


@pytest.fixture(scope="session")
def instance() -> str:
    """Not the other tests' instance: they count what is left of theirs while this course runs."""
    return "containrlab-test-attacks"


@pytest.fixture(scope="module")
def battlefield(
    engine: docker.APIClient, image_store: str, instance: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Battlefield]:
    """A course with three sessions, one of them claimed, a service of the machine, and a process of it."""
    overrides = {
        **own_settings(instance, bridge_prefix="ca", networks="10.214.12.0/24", first_port=18110),
        "CONTAINRLAB_POOL": "1",
        "CONTAINRLAB_SESSIONS": str(PLACES),  # all taken, so that none is made ready while attacks go on
        "CONTAINRLAB_SESSION_DISK_MB": "256",  # small, so that they are full in seconds
        "CONTAINRLAB_WORKSPACE_MB": "128",
    }
    with (
        host_process(),
        listening() as listener_port,
        run_course(engine, tmp_path_factory.mktemp("course"), overrides) as course,
    ):
        battlefield = Battlefield(course, engine, listener_port)
        battlefield.start_sessions()
        yield battlefield
