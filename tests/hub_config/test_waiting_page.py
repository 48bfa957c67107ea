"""What a learner sees who comes when all places are taken, on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import reach_by_tab

from .small_course import SmallCourse
from .visitor import LEARNERS_PASSWORD

pytestmark = pytest.mark.end_to_end

MILLISECONDS = 20_000
expect.set_options(timeout=MILLISECONDS)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    yield page
    page.close()


@pytest.fixture
def start_session(full_course: SmallCourse, page: Page) -> Iterator[Callable[[str], None]]:
    """Signs a learner in, who starts a session and then looks at the page."""
    names = []

    def start(name: str) -> None:
        names.append(name)
        page.goto(f"http://127.0.0.1:{full_course.hub.settings.port}/hub/login?next=/hub/spawn")
        page.fill("#username_input", name)
        page.fill("#password_input", LEARNERS_PASSWORD)
        page.press("#password_input", "Enter")

    yield start
    for name in names:
        full_course.give_up(name)


def test_page_tells_place_and_wait_and_goes_on_by_itself(
    full_course: SmallCourse, page: Page, start_session, pytestconfig: pytest.Config
):
    start_session("eva")
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^You are 3rd in line; about \d+ minutes\.$"))
    expect(page.get_by_role("heading", name="All places are taken")).to_be_visible()
    assert page.title().startswith("You are 3rd in line")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "fits a phone"
    _keep(page, pytestconfig, "waiting")
    full_course.give_up("cem")
    expect(page.get_by_role("status")).to_contain_text("You are 2nd in line")
    full_course.give_up("dia")
    full_course.give_up("ann")
    page.wait_for_url("**/user/eva/**", timeout=MILLISECONDS)
    assert full_course.running("ben", "eva") == {"ben", "eva"}


def test_line_is_left_by_keyboard(full_course: SmallCourse, page: Page, start_session):
    start_session("fay")
    reach_by_tab(page, page.get_by_role("button", name="Leave the line"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/services/course/", timeout=MILLISECONDS)
    full_course.want("gil")
    assert full_course.place_of("gil") == "3rd"
    full_course.give_up("gil")


def test_page_is_in_line_again_when_the_hub_is_back(full_course: SmallCourse, page: Page, start_session):
    start_session("hal")
    expect(page.get_by_role("status")).to_contain_text("You are 3rd in line")
    full_course.kill()
    full_course.start()
    expect(page.get_by_role("status")).to_contain_text("You are 1st in line")


def _keep(page: Page, pytestconfig: pytest.Config, name: str) -> None:
    """A picture among the run's artefacts."""
    folder: Path = pytestconfig.rootpath / "test-artefacts" / "hub_config"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
