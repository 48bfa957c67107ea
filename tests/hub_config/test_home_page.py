"""A learner's home in a browser: with the keyboard, on a phone, and kept current by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from course_service.pages.course_calendar import say_time_left
from course_service.progress_store import ProgressStore
from course_service.session_clock import WARNING_MINUTES
from course_service.store import Store
from judge_extension.widgets.countdown import say_time
from operator_cli.waiting import wait_for
from tests.browsing import reach_by_tab
from tests.course_service.course_plans import failing, judged, passing

from .planned_course import TITLE
from .small_course import SECONDS, SmallCourse
from .visitor import LEARNERS_PASSWORD

pytestmark = pytest.mark.end_to_end

HOME = "**/services/course/"
MILLISECONDS = 20_000
PHONE = {"width": 390, "height": 844}
LOOK_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))"
HEADINGS = "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(heading => Number(heading.tagName[1]))"
NAMELESS = re.compile(r"^ *- (?:link|button|progressbar|textbox)(?::| \[|$)", re.MULTILINE)
"""In what a screen reader is given."""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser far from the course's time zone."""
    context = browser.new_context(timezone_id="America/New_York")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    return page


@pytest.fixture
def keep(page: Page, pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Keeps a picture among the run's artefacts."""
    folder: Path = pytestconfig.rootpath / "test-artefacts" / "hub_config"
    folder.mkdir(parents=True, exist_ok=True)
    return lambda name: page.screenshot(path=folder / f"{name}.png", full_page=True)


def sign_in(course: SmallCourse, page: Page, name: str) -> None:
    page.goto(f"http://127.0.0.1:{course.hub.settings.port}/")
    page.fill("#username_input", name)
    page.fill("#password_input", LEARNERS_PASSWORD)
    page.press("#password_input", "Enter")
    page.wait_for_url(HOME)


def test_a_session_from_start_to_end_by_keyboard_alone(course: SmallCourse, page: Page, keep):
    sign_in(course, page, "kay")
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    keep("home-first-visit")
    reach_by_tab(page, page.get_by_role("link", name="Start Layer caching"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/user/kay/containrlab/open/lab2")
    page.goto(f"http://127.0.0.1:{course.hub.settings.port}/hub/home")
    page.wait_for_url(HOME)
    timer = page.get_by_role("timer")
    expect(timer).to_have_text(re.compile("^(30|29) minutes$"))
    keep("home-session")
    reach_by_tab(page, page.get_by_role("button", name="Extend by 15 minutes"))
    page.keyboard.press("Enter")
    expect(timer).to_have_text(re.compile("^(45|44) minutes$"))
    expect(page.get_by_role("button", name="Extend")).to_have_count(0)
    reach_by_tab(page, page.locator("#end summary"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everything in /workspace is kept.")).to_be_visible()
    keep("home-end-asks-once-more")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your session")).to_be_visible()
    page.wait_for_url(HOME)
    expect(page.get_by_text("Your session was stopped.")).to_be_visible(timeout=MILLISECONDS)
    assert not course.running("kay")


def test_who_comes_back_on_a_phone_sees_what_is_new(course: SmallCourse, page: Page, keep):
    url = course.hub.settings.course_db_url
    store, progress = Store(url), ProgressStore(url)
    progress.visit_home("rosa", datetime.now(UTC) - timedelta(days=1))
    store.replace_result(judged(store, failing(), "rosa", "lab1"), failing())
    judged(store, passing(), "rosa", "lab2")
    store.close()
    progress.close()
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    sign_in(course, page, "rosa")
    news = page.get_by_role("region", name="Since your last visit")
    expect(news.get_by_role("listitem")).to_have_count(2)
    expect(news).to_contain_text("You passed “Layer caching”.")
    first = page.get_by_role("region", name="Your first Dockerfile")
    expect(first).to_contain_text("In progress")
    expect(first).to_contain_text("best score: 3 of 4 points")
    expect(first).to_contain_text("Your last check found 1 thing to fix")
    expect(first).to_contain_text(re.compile(r"Due .* Etc/UTC \(.* your time\); in 3 days"))
    expect(first.get_by_role("link", name="Resume")).to_be_visible()
    expect(page.get_by_role("progressbar", name="1 of 3 labs passed")).to_be_visible()
    expect(page.get_by_role("region", name="Multi-stage builds").get_by_role("link")).to_have_count(0)
    course.want("rosa")
    assert_sound(page)
    page.evaluate(LOOK_AGAIN)
    page.get_by_role("link", name="Return to your session").wait_for()
    keep("home-on-a-phone")
    assert_sound(page)
    course.give_up("rosa")


def assert_sound(page: Page) -> None:
    """What a phone and a screen reader ask of every page."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "fits a phone"
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    told = page.locator("body").aria_snapshot()
    assert not NAMELESS.findall(told), told


def test_the_page_keeps_itself_current_and_the_focus_where_it_is(course: SmallCourse, page: Page):
    sign_in(course, page, "uma")
    start = page.get_by_role("link", name="Start Your first Dockerfile")
    start.focus()
    course.want("uma")
    expect(page.get_by_text("No session runs.")).to_be_visible()
    assert wait_for(lambda: course.running("uma"), SECONDS)
    page.evaluate(LOOK_AGAIN)
    expect(page.get_by_role("timer")).to_be_visible()
    expect(start).to_be_focused()
    page.get_by_role("button", name="Extend").focus()
    course.give_up("uma")
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("#said")).to_have_text(re.compile(r"No session runs\."))
    expect(page.locator("#main")).to_be_focused()
    page.context.set_offline(True)
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("#trouble")).to_contain_text("cannot be kept current")
    page.context.set_offline(False)
    page.evaluate(LOOK_AGAIN)
    expect(page.locator("#trouble")).to_be_empty()


def test_the_time_left_is_counted_down_and_each_warning_said_once(course: SmallCourse, page: Page, keep):
    page.clock.install()
    course.want("tim")
    sign_in(course, page, "tim")
    timer, said = page.get_by_role("timer"), page.locator("#said")
    expect(timer).to_have_text(re.compile("^(30|29) minutes$"))
    expect(said).to_be_empty()
    page.context.set_offline(True)
    for warning, before in zip(WARNING_MINUTES, (30, *WARNING_MINUTES), strict=False):
        page.clock.fast_forward((before - warning) * 60_000)
        words = {10: "10 minutes", 5: "5 minutes", 1: "60 seconds"}[warning]
        expect(said).to_contain_text(
            re.compile(f"^(9 minutes|4 minutes|50 seconds|{words}) left in this session")
        )
        expect(said).to_contain_text("Save your work: everything in /workspace is kept")
        keep(f"home-{warning}-minutes-left")
    told = said.text_content()
    page.clock.fast_forward(20_000)
    expect(timer).to_have_text(re.compile("^[34]0 seconds$"))
    assert said.text_content() == told, "nobody hears each second"
    page.clock.fast_forward(60_000)
    expect(timer).to_have_text("No time")
    course.give_up("tim")


def test_page_notebook_and_server_say_the_time_left_in_the_same_words(course: SmallCourse, page: Page):
    sign_in(course, page, "wim")
    seconds = [1800, 1741, 1740, 121, 120, 61, 60.5, 60, 59.5, 51, 50, 10.5, 10, 1, 0.2, 0]
    address = page.locator("script[type=module]").get_attribute("src")
    script = (
        "async ([address, all]) => { const page = await import(address); return all.map(page.sayTimeLeft); }"
    )
    in_the_page = page.evaluate(script, [address, seconds])
    on_the_server = [say_time_left(timedelta(seconds=one)) for one in seconds]
    in_the_notebook = [say_time(one) for one in seconds]
    assert in_the_page == on_the_server == in_the_notebook, json.dumps(in_the_page)


def test_without_scripts_nothing_but_the_countdown_is_missing(course: SmallCourse, browser: Browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    course.want("noa")
    assert wait_for(lambda: course.running("noa") == {"noa"}, SECONDS)  # the page does not look again
    sign_in(course, page, "noa")
    expect(page.get_by_text("left in this session")).to_be_visible()
    page.get_by_role("button", name="Extend").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile("^(45|44) minutes$"))
    page.locator("#end summary").click()
    page.get_by_role("button", name="End session now").click()
    expect(page.get_by_role("timer")).to_have_count(0)
    expect(page.get_by_role("link", name="Start").first).to_be_visible()
    context.close()
