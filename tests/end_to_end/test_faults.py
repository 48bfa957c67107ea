"""What a learner meets when a part is down: a sentence, and a second try that works."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browsing import run_the_panels_cell, wait_for_lab

pytestmark = [pytest.mark.engine, pytest.mark.end_to_end]

SPAWN_MILLISECONDS = 60_000
JUDGE_MILLISECONDS = 120_000


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


@contextmanager
def hanging(process_id: int) -> Iterator[None]:
    os.kill(process_id, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process_id, signal.SIGCONT)


def course_service_of(state_dir: Path) -> int:
    """The process id of the course service that works in this state folder."""
    (process_id,) = (
        process.pid
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "course_service" in (process.info["cmdline"] or ()) and process.info["cwd"] == str(state_dir)
    )
    return process_id
