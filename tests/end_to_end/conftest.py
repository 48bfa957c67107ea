"""A whole ContainrLab, started as an operator starts it, and a browser to use it as a learner does."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import docker
import pytest
from playwright.sync_api import Browser, Page

from tests.running_course import Course, own_settings, run_course

ROOT = Path(__file__).parent.parent.parent
ARTEFACTS = ROOT / "test-artefacts"
HAS_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know at their end whether their test has failed."""
    report = yield
    if report.when == "call":
        item.stash[HAS_FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def instance() -> str:
    """Not the other tests' instance: they count what is left of theirs while this course runs."""
    return "containrlab-test-whole"


@pytest.fixture(scope="module")
def course(
    engine: docker.APIClient, image_store: str, instance: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Course]:
    """ContainrLab on ports and names of its own, so that a course running on this machine is left alone."""
    overrides = own_settings(instance, bridge_prefix="ce", networks="10.214.8.0/22", first_port=18100)
    with run_course(engine, tmp_path_factory.mktemp("course"), overrides) as course:
        yield course


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new visitor's browser window; what it shows when a test fails is kept among the run's artefacts."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    yield page
    if request.node.stash.get(HAS_FAILED, False):
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / f"failed-{request.node.name}.png")
    context.close()


@pytest.fixture
def sign_in(course: Course) -> Callable[..., None]:
    """Signs a learner in and opens the first lab; also where a restarted hub still knows the browser."""

    def sign_in(page: Page, name: str, password: str = course.password) -> None:
        page.goto(course.url)
        if page.locator("#username_input").count():
            page.fill("#username_input", name)
            page.fill("#password_input", password)
            with page.expect_navigation():
                page.click("#login_submit")
        if not page.locator("#username_input").count():
            page.locator("#open-lab1").click()

    return sign_in


@pytest.fixture
def keep_screenshot(page: Page) -> Callable[[str], None]:
    """Keeps a picture of the page among the run's artefacts."""
    ARTEFACTS.mkdir(exist_ok=True)
    return lambda name: page.screenshot(path=ARTEFACTS / f"{name}.png")
