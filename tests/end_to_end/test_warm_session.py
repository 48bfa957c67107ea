"""A learner's way through two sessions: one that is made when they come, and one that has waited for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import docker
import pytest
from playwright.sync_api import Page, expect

from spawner.labels import session_name
from tests.browsing import run_the_panels_cell, type_in_terminal, wait_for_lab
from tests.host_inventory import HostInventory
from tests.hub_visitor import HubVisitor
from tests.running_course import PASSWORD, Course, own_settings, run_course
from tests.waiting_sessions import WaitingSessions

from .test_learners_way import JUDGE_MILLISECONDS, failure_codes, read_file, wait_for_file

pytestmark = [pytest.mark.engine, pytest.mark.end_to_end]

KEPT = "kept since the first session"
# Prints what an inner container sees of the workspace to a file that the learner's server has.
INNER_CONTAINER = (
    "docker run --rm -v /workspace/lab1:/w python:3.13-slim cat /w/kept.txt > /workspace/seen.part"
    " && mv /workspace/seen.part /workspace/seen.txt"
)


@pytest.fixture(scope="module")
def course(
    engine: docker.APIClient, image_store: str, instance: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Course]:
    """One with a warm pool."""
    overrides = {
        **own_settings(instance, bridge_prefix="ce", networks="10.214.8.0/22", first_port=18100),
        "CONTAINRLAB_POOL": "1",
    }
    with run_course(engine, tmp_path_factory.mktemp("course"), overrides) as course:
        yield course


@pytest.fixture
def waiting(course: Course, engine: docker.APIClient) -> WaitingSessions:
    """The course's pool."""
    return WaitingSessions(engine, course.settings.instance)


def test_a_session_that_waited_is_as_one_that_was_made(
    course: Course,
    engine: docker.APIClient,
    waiting: WaitingSessions,
    page: Page,
    sign_in: Callable[..., None],
    keep_screenshot: Callable[[str], None],
):
    cold = _start_two_where_one_waits(course, waiting)
    body = {"type": "file", "format": "text", "content": KEPT}
    cold.ask_server("GET", "containrlab/open/lab1").raise_for_status()
    cold.ask_server("PUT", "api/contents/lab1/kept.txt", json=body).raise_for_status()
    cold.stop_server()

    waited = waiting.wait_for_one()
    sign_in(page, cold.name)
    wait_for_lab(page)
    name = session_name(course.settings.instance, cold.name)
    key = waiting.key_of(name)
    assert key in waited
    assert read_file(page, "lab1/kept.txt") == KEPT
    type_in_terminal(page, INNER_CONTAINER)
    wait_for_file(page, "seen.txt")
    assert read_file(page, "seen.txt") == KEPT
    run_the_panels_cell(page)
    page.locator(".cl-panel").get_by_role("button", name="Check").click()
    expect(page.locator(".cl-verdict")).to_contain_text("Not there yet", timeout=JUDGE_MILLISECONDS)
    assert failure_codes(page)[0] == ["dockerignore_missing", "docker_build_failed"]
    keep_screenshot("claimed-session")

    assert key not in waiting.wait_for_one(), "another waits by now"
    inventory = HostInventory(engine, course.settings)
    container = inventory.container_id(name)
    cold.stop_server()
    assert inventory.left_of(key, container) == []
    assert inventory.left_of(name, container) == []


def _start_two_where_one_waits(course: Course, waiting: WaitingSessions) -> HubVisitor:
    """Two come at once; who of them was given a session that was made for them."""
    two = [HubVisitor(course.url, name) for name in ("ivy", "wanda")]
    for visitor in two:
        visitor.sign_in(PASSWORD)
    waited = waiting.wait_for_one()
    with ThreadPoolExecutor(len(two)) as executor:
        list(executor.map(HubVisitor.start_server, two))

    def is_cold(visitor: HubVisitor) -> bool:
        return waiting.key_of(session_name(course.settings.instance, visitor.name)) not in waited

    (cold,) = filter(is_cold, two)
    return cold
