"""What course staff see of the class in a browser, and what they may do there; and that learners may not."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from course_service.hint_store import HintRecord, HintStore
from course_service.progress_store import ProgressStore
from course_service.store import Store
from operator_cli.waiting import wait_for
from tests.course_service.course_plans import failing, judged, passing

from .small_course import SECONDS, SmallCourse
from .visitor import LEARNERS_PASSWORD, PASSWORDS

pytestmark = pytest.mark.end_to_end

CLASS = "/services/course/class"
MILLISECONDS = 20_000


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    yield page
    context.close()


@pytest.fixture(scope="module")
def taught_course(course: SmallCourse) -> SmallCourse:
    """Ada has passed lab1, <b>ob fails it; Kim runs a session and has no attempt."""
    url = course.hub.settings.course_db_url
    store = Store(url)
    judged(store, failing(), "ada")
    judged(store, passing(), "ada")
    judged(store, failing(), "<b>ob")
    store.close()
    return course


def sign_in(page: Page, course: SmallCourse, name: str) -> None:
    page.goto(f"http://127.0.0.1:{course.hub.settings.port}/hub/login?next={CLASS}")
    page.fill("#username_input", name)
    page.fill("#password_input", PASSWORDS.get(name, LEARNERS_PASSWORD))
    page.press("#password_input", "Enter")
    page.wait_for_url(f"**{CLASS}")


def row(page: Page, learner: str):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=learner, exact=True))


def test_a_learner_is_told_that_it_is_for_staff(course: SmallCourse, page: Page):
    sign_in(page, course, "lea")
    expect(page.get_by_role("alert")).to_have_text("This is for course staff.")
    expect(page.get_by_role("link", name="Class")).to_have_count(0)
    for address in (f"{CLASS}/grades.csv", f"{CLASS}/attempts.csv", "/services/course/hints"):
        assert page.request.get(f"http://127.0.0.1:{course.hub.settings.port}{address}").status == 403


def test_the_class_is_seen_filtered_and_sorted(taught_course: SmallCourse, page: Page, pytestconfig):
    sign_in(page, taught_course, "teacher")
    expect(page.get_by_role("link", name="Class")).to_have_attribute("aria-current", "page")
    expect(row(page, "ada")).to_contain_text("passed")
    expect(row(page, "ada")).to_contain_text(re.compile(r"4 of 4 points, 2 attempts"))
    expect(row(page, "<b>ob")).to_contain_text("healthcheck_failed")

    page.get_by_label("State").select_option("failing")
    page.get_by_label("in lab").select_option("lab1")
    page.get_by_role("button", name="Show").press("Enter")
    expect(row(page, "ada")).to_have_count(0)
    expect(row(page, "<b>ob")).to_be_visible()
    page.get_by_role("link", name="Show all").click()

    page.get_by_role("link", name="Passed", exact=True).click()
    page.get_by_role("link", name="Passed", exact=True).click()
    heads = page.get_by_role("columnheader").filter(has_text="Passed")
    expect(heads).to_have_attribute("aria-sort", "descending")
    expect(page.locator("tbody tr").first.get_by_role("rowheader")).to_have_text("ada")

    page.get_by_label("Learner or failing code").fill("nobody at all")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nobody is like that.")).to_be_visible()
    assert "nobody+at+all" in page.url, "a view can be kept as a bookmark"


def test_staff_read_what_learners_asked(taught_course: SmallCourse, page: Page):
    hints = HintStore(taught_course.hub.settings.course_db_url)
    record = HintRecord(user="<b>ob", lab="lab1", kind="hint", source="author", answer="", latency_ms=20)
    hints.add(replace(record, code="healthcheck_failed", question="<i>why?", answer="Look at **CMD**."))
    hints.add(replace(record, lab="lab2", answer="Another lab's."))
    hints.close()
    sign_in(page, taught_course, "teacher")
    page.get_by_role("link", name="Hints").click()
    expect(page.get_by_text("Another lab's.")).to_have_count(1)
    page.get_by_label("Lab").select_option("lab1")
    page.get_by_role("button", name="Show").press("Enter")
    expect(page.get_by_text("Another lab's.")).to_have_count(0)
    expect(page.get_by_text("<i>why?")).to_be_visible()
    page.locator("summary", has_text="Answered by the lab's author").click()
    expect(page.get_by_text("Look at **CMD**.")).to_be_visible()


def test_grades_come_as_a_table(taught_course: SmallCourse, page: Page):
    sign_in(page, taught_course, "teacher")
    with page.expect_download() as download:
        page.get_by_role("link", name="grades").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    found = {(line["learner"], line["lab"]): line for line in rows}
    assert found["ada", "lab1"]["state"] == "passed"
    assert found["<b>ob", "lab1"]["last_failing_codes"] == "healthcheck_failed"


def test_staff_extend_and_end_a_session(taught_course: SmallCourse, page: Page, pytestconfig):
    taught_course.want("kim")
    assert wait_for(lambda: taught_course.running("kim") == {"kim"}, SECONDS)
    sign_in(page, taught_course, "teacher")
    look_again = page.get_by_role("link", name="Look again")
    assert wait_for(
        lambda: look_again.click() or row(page, "kim").get_by_text("min left").count() == 1, SECONDS
    )
    before = row(page, "kim").get_by_text("min left").inner_text()

    row(page, "kim").get_by_role("button", name="Extend").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Extended the session of kim.")
    assert row(page, "kim").get_by_text("min left").inner_text() != before
    folder = pytestconfig.rootpath / "test-artefacts" / "hub_config"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / "class.png", full_page=True)

    row(page, "kim").get_by_text("End…").click()
    row(page, "kim").get_by_role("button", name="End now").click()
    expect(page.get_by_role("status")).to_have_text("The session of kim ends now.")
    assert wait_for(lambda: not taught_course.running("kim"), SECONDS)


def test_staff_extend_all_sessions_and_see_who_waits(full_course: SmallCourse, page: Page):
    progress = ProgressStore(full_course.hub.settings.course_db_url)
    progress.record_start("cem", "lab1", datetime.now(UTC))  # as their home page does
    progress.close()
    sign_in(page, full_course, "teacher")

    def is_seen() -> bool:
        page.get_by_role("link", name="Look again").click()
        return page.get_by_role("button", name="Extend all 2 sessions").count() == 1

    assert wait_for(is_seen, SECONDS)
    expect(row(page, "cem")).to_contain_text("waits for a place, number 1 in line")
    before = row(page, "ann").get_by_text("min left").inner_text()
    page.get_by_role("button", name="Extend all 2 sessions").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Extended every session that runs: 2.")
    assert row(page, "ann").get_by_text("min left").inner_text() != before
