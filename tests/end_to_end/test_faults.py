"""What a learner meets when a part is down: a sentence, and a second try that works; or nothing at all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Page, expect

from course_service.sandbox_life import Keeper, list_sandboxes
from operator_cli.waiting import wait_for
from spawner.labels import session_name
from spawner.session_remains import SessionRemains
from tests.abandoned_session import abandon_session
from tests.browsing import run_the_panels_cell, wait_for_lab
from tests.hub_visitor import HubVisitor
from tests.running_course import Course, course_service_of

pytestmark = [pytest.mark.engine, pytest.mark.end_to_end]

SPAWN_MILLISECONDS = 60_000
JUDGE_MILLISECONDS = 120_000
GONE_SECONDS = 60
BACK_SECONDS = 25
"""Less than JupyterHub itself takes to see that a service has ended."""


@pytest.fixture(scope="module")
def ada(course: Course) -> Iterator[HubVisitor]:
    """A learner in a session."""
    ada = HubVisitor(course.url, "ada")
    ada.sign_in(course.password)
    ada.start_server()
    yield ada
    ada.stop_server()


def test_engine_that_is_down_is_a_sentence_and_a_retry_works(
    course,
    page: Page,
    sign_in: Callable[..., None],
    keep_screenshot: Callable[[str], None],
):
    course.engine_relay.cut()
    try:
        sign_in(page, "grace")
        expect(page.get_by_text("the machine that runs sessions does not answer")).to_be_visible(
            timeout=SPAWN_MILLISECONDS
        )
        keep_screenshot("engine-down")
    finally:
        course.engine_relay.start()
    assert "The Docker engine does not answer" in (course.settings.state_dir / "hub.log").read_text()

    page.goto(f"{course.url}/hub/spawn")
    wait_for_lab(page)


def test_course_service_that_hangs_is_a_sentence_and_a_second_check_works(
    course,
    page: Page,
    sign_in: Callable[..., None],
    keep_screenshot: Callable[[str], None],
):
    sign_in(page, "grace")
    wait_for_lab(page)
    run_the_panels_cell(page)
    with hanging(course_service_of(course.settings.state_dir)):
        page.locator(".cl-panel").get_by_role("button", name="Check").click()
        expect(page.get_by_text("course service")).to_be_visible(timeout=JUDGE_MILLISECONDS)
        keep_screenshot("course-service-down")
    page.locator(".cl-panel").get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not there yet")).to_be_visible(timeout=JUDGE_MILLISECONDS)


def test_a_session_that_the_hub_does_not_know_goes_and_others_go_on(
    course: Course, engine: docker.APIClient, ada: HubVisitor, record_property: Callable[[str, object], None]
):
    settings = course.settings
    remains = SessionRemains(settings.state_dir, settings.instance, lambda: engine)
    gone, own = (session_name(settings.instance, user) for user in ("gone", "ada"))
    before = engine.inspect_container(own)["Id"]
    session = abandon_session(
        remains, "gone", bridge_prefix=settings.bridge_prefix, block=settings.session_networks
    )
    assert gone in remains.list_sessions()
    began = time.monotonic()
    assert wait_for(lambda: gone not in remains.list_sessions(), GONE_SECONDS)
    record_property("gone after seconds", time.monotonic() - began)
    mounts = Path("/proc/mounts").read_text()
    assert str(session.workspace.device.parent) not in mounts
    assert session.key not in mounts, "its disk and its entrance"
    assert session.workspace.exists
    assert ada.is_answered()
    assert engine.inspect_container(own)["Id"] == before


def test_sessions_and_their_clock_go_on_when_the_course_service_is_killed(
    course: Course, ada: HubVisitor, record_property: Callable[[str, object], None]
):
    settings = course.settings

    def sandboxes() -> set[str]:
        return list_sandboxes(settings, Keeper.COURSE)

    def expires_at() -> str | None:
        answer = ada.session.get(f"{ada.server_url}/containrlab/api/session", timeout=20)
        return answer.json().get("expires_at")

    before = expires_at()
    assert before
    assert wait_for(lambda: bool(sandboxes()), GONE_SECONDS)
    left, killed = sandboxes(), course_service_of(settings.state_dir)
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    assert ada.is_answered()
    assert wait_for(lambda: expires_at() == before, BACK_SECONDS)
    record_property("back after seconds", time.monotonic() - began)
    assert course_service_of(settings.state_dir) != killed
    assert wait_for(lambda: not left & sandboxes(), GONE_SECONDS)
    record_property("its sandbox gone after seconds", time.monotonic() - began)
    assert ada.is_answered()


@contextmanager
def hanging(process_id: int) -> Iterator[None]:
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)
