"""A lab in a real browser: opened, checked, started over, and opened again.

JupyterLab and the extension are real; the course service is the stand-in. Keeps a screenshot of each step.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.browsing import run_the_panels_cell, type_in_terminal, wait_for_lab

from .course_content import BUILD_FAILED, HOSTILE_ANSWER, PASSED, SOLUTION, tar_of
from .live_server import LiveServer, eventually

# A container that starts elsewhere changes the machine's networks, and Chromium drops what it was loading.
TRIES = 3

pytestmark = pytest.mark.end_to_end


@pytest.fixture(scope="module")
def artefacts(pytestconfig: pytest.Config) -> Path:
    """Where the screenshots stay after the run."""
    folder = pytestconfig.rootpath / "test-artefacts" / "judge_extension"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page(browser: Browser, live: LiveServer) -> Iterator[Page]:
    """A browser in which alice is signed in."""
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.goto(f"{live.url}api?token={live.token}")
    yield page
    page.close()


def open_lab(page: Page, live: LiveServer) -> None:
    for _ in range(TRIES):
        page.goto(f"{live.url}containrlab/open/lab1")
        try:
            wait_for_lab(page, seconds=30)
        except NotInTime:
            continue
        return
    pytest.fail(f"JupyterLab did not open with notebook and terminal:\n{live.log()[-4000:]}")


def show_panel(page: Page) -> Locator:
    run_the_panels_cell(page)
    return page.locator(".cl-panel")


def choose_theme(page: Page, theme: str) -> None:
    page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {theme}'}})")
    is_light = str(theme == "Light").lower()
    page.wait_for_selector(f'body[data-jp-theme-light="{is_light}"]', state="attached")


def button(panel: Locator, name: str) -> Locator:
    return panel.get_by_role("button", name=name)


def file_has(path: Path, text: str) -> None:
    eventually(lambda: path.exists() and path.read_text() == text, f"{path.name} holds {text!r}")


def test_a_lab_opens_as_notebook_beside_a_terminal_in_its_folder(
    page: Page, live: LiveServer, artefacts: Path
) -> None:
    open_lab(page, live)

    notebook = page.locator(".jp-NotebookPanel").bounding_box()
    terminal = page.locator(".jp-Terminal").bounding_box()
    assert notebook is not None
    assert terminal is not None
    assert notebook["x"] + notebook["width"] <= terminal["x"]
    assert abs(notebook["y"] - terminal["y"]) < 50
    assert min(notebook["width"], terminal["width"]) > 350
    type_in_terminal(page, "pwd > where.txt")
    file_has(live.root / "lab1" / "where.txt", f"{live.root / 'lab1'}\n")
    page.screenshot(path=artefacts / "1-lab-opened.png")


def test_opening_again_keeps_what_the_learner_arranged(page: Page, live: LiveServer) -> None:
    open_lab(page, live)
    [layout] = (live.root.parent / "layouts").glob("lab1-*")
    type_in_terminal(page, "MINE=still-here")
    page.click(".jp-Notebook .jp-Cell")  # a file opens as a tab beside what was used last
    page.locator(".jp-DirListing-item", has_text="app.py").dblclick()
    page.locator(".jp-FileEditor").wait_for()
    eventually(lambda: "editor:lab1/app.py" in layout.read_text(), "JupyterLab saves the layout")

    open_lab(page, live)

    page.locator(".lm-TabBar-tab", has_text="app.py").wait_for()
    type_in_terminal(page, "echo $MINE > mine.txt")
    file_has(live.root / "lab1" / "mine.txt", "still-here\n")


def test_the_first_labs_own_notebook_shows_its_panel(
    page: Page, live: LiveServer, artefacts: Path, pytestconfig: pytest.Config
) -> None:
    learner = pytestconfig.rootpath / "lab_notebooks" / "lab1" / "learner"
    live.course.files = tar_of({path.name: path.read_bytes() for path in learner.iterdir() if path.is_file()})
    open_lab(page, live)
    page.get_by_role("heading", name="Your first Dockerfile").wait_for()
    page.screenshot(path=artefacts / "0-lab1.png")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    panel = page.locator(".cl-panel")
    panel.get_by_text("about 30 minutes").wait_for()
    panel.scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "0-lab1-panel.png")


def test_check_and_reset_by_hand(page: Page, live: LiveServer, artefacts: Path) -> None:
    open_lab(page, live)
    live.course.stream = "held"
    panel = show_panel(page)

    button(panel, "Check").dblclick()
    panel.get_by_text("Building your <image>").wait_for()
    button(panel, "Show build output").click()
    panel.get_by_text("#1 load build <b>definition</b>").wait_for()
    page.screenshot(path=artefacts / "2-check-runs.png")
    live.course.release.set()
    panel.get_by_text("Not there yet 4 of 10 points").wait_for()
    panel.get_by_text("Did not run: something before it has to pass first.").wait_for()
    panel.locator("summary").focus()
    page.keyboard.press("Enter")
    panel.get_by_text("#1 [internal] load build definition").wait_for()
    page.screenshot(path=artefacts / "3-check-failed.png")
    assert len(live.course.submissions) == 1

    live.course.result = PASSED
    button(panel, "Check").focus()
    page.keyboard.press("Enter")
    panel.get_by_text("All 3 checks passed").wait_for()
    panel.get_by_text("Passed 10 of 10 points").wait_for()
    page.screenshot(path=artefacts / "4-check-passed.png")

    button(panel, "Reset…").click()
    page.screenshot(path=artefacts / "5-reset-asks.png")
    button(panel, "Start over").click()
    panel.get_by_text("own files are back").wait_for()
    page.screenshot(path=artefacts / "6-reset-done.png")
    type_in_terminal(page, "cat app.py > seen.txt")
    file_has(live.root / "lab1" / "seen.txt", "print('the starter')\n")


def test_the_folder_is_downloaded_by_a_link_beside_the_buttons(
    page: Page, live: LiveServer, artefacts: Path, tmp_path: Path
) -> None:
    open_lab(page, live)
    panel = show_panel(page)
    with page.expect_download() as download:
        panel.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "lab1.tar.gz"
    download.value.save_as(tmp_path / "lab1.tar.gz")
    with tarfile.open(tmp_path / "lab1.tar.gz") as archive:
        assert "lab1/Dockerfile" in archive.getnames()
    panel.screenshot(path=artefacts / "panel-download.png")


def test_the_place_in_the_queue_is_seen(page: Page, live: LiveServer, artefacts: Path) -> None:
    open_lab(page, live)
    live.course.stream = "queued"
    panel = show_panel(page)
    button(panel, "Check").click()
    panel.get_by_text("2 attempts are before yours").wait_for()
    page.screenshot(path=artefacts / "9-waits-for-its-turn.png")
    live.course.release.set()
    panel.get_by_text("Not there yet").wait_for()
    assert panel.get_by_text("before yours").count() == 0


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_solution_opens_after_a_pass_and_its_files_can_be_copied(
    page: Page, live: LiveServer, artefacts: Path, theme: str
) -> None:
    open_lab(page, live)
    choose_theme(page, theme)
    panel = show_panel(page)
    button(panel, "Check").click()
    panel.get_by_text("Not there yet").wait_for()
    assert not button(panel, "Show the solution explained").is_visible()
    live.course.result = PASSED
    button(panel, "Check").click()
    panel.get_by_text("Passed 10 of 10 points").wait_for()
    page.screenshot(path=artefacts / f"10-passed-{theme}.png")

    button(panel, "Show the solution explained").click()
    panel.get_by_role("heading", name="Why it is written like this").wait_for()
    panel.get_by_text("Raw HTML").click()
    assert page.title() != "hacked"
    assert [link.get_attribute("href") for link in panel.locator(".cl-prose a").all()] == [
        "https://docs.docker.com/reference/dockerfile/"
    ]
    file = SOLUTION["files"][1]  # type: ignore[index]
    panel.locator("summary", has_text=file["path"]).click()
    content = panel.get_by_role("region", name=file["path"], exact=True)
    assert content.evaluate("one => one.textContent") == file["content"]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    content.evaluate("one => getSelection().selectAllChildren(one)")
    page.keyboard.press("Control+C")
    eventually(
        lambda: page.evaluate("navigator.clipboard.readText()").strip() == file["content"].strip(), "copied"
    )
    panel.locator(".cl-solution").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / f"11-solution-{theme}.png")
    panel.evaluate("one => one.querySelector('.cl-solution').scrollIntoView()")
    page.screenshot(path=artefacts / f"12-solution-{theme}.png")


def test_the_panel_in_the_dark_theme_and_after_a_failure(
    page: Page, live: LiveServer, artefacts: Path
) -> None:
    open_lab(page, live)
    choose_theme(page, "Dark")
    panel = show_panel(page)
    button(panel, "Check").click()
    panel.get_by_text("Not there yet").wait_for()
    button(panel, "Check").wait_for()
    page.screenshot(path=artefacts / "7-dark.png")
    live.course.mode = "hangup"
    button(panel, "Check").click()
    panel.get_by_text("The course service does not answer right now. Your work is kept.").wait_for()
    page.screenshot(path=artefacts / "8-service-down.png")
    assert button(panel, "Check").is_enabled()


def test_the_sessions_time_is_seen_and_extended(page: Page, live: LiveServer, artefacts: Path) -> None:
    live.course.seconds_left = 290.0
    open_lab(page, live)
    panel = show_panel(page)
    panel.get_by_text("5 minutes left in this session.").wait_for()
    page.screenshot(path=artefacts / "13-session-ends-soon.png")
    button(panel, "Extend by 15 minutes").click()
    panel.get_by_text("20 minutes left in this session.").wait_for()
    eventually(lambda: not button(panel, "Extend by 15 minutes").is_visible(), "the button has gone")
    page.screenshot(path=artefacts / "14-session-extended.png")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_hint_and_an_explanation_are_asked_for_by_keyboard(
    page: Page, live: LiveServer, artefacts: Path, theme: str
) -> None:
    live.course.agent.mode, live.course.result = "ai", BUILD_FAILED
    open_lab(page, live)
    choose_theme(page, theme)
    panel = show_panel(page)
    button(panel, "Check").click()
    button(panel, "Hint 1 of 3").focus()
    page.keyboard.press("Enter")
    panel.get_by_text("From the lab's author · hint 1 of 3").wait_for()
    button(panel, "Hint 2 of 3").wait_for()
    page.screenshot(path=artefacts / f"15-hint-{theme}.png")

    live.course.agent.answer = HOSTILE_ANSWER
    panel.get_by_label("Question").fill("What is a build context?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    panel.get_by_text("By AI (gemini-<b>flash</b>): may be wrong").wait_for()
    assert page.title() != "hacked"
    assert panel.locator(".cl-answer a, .cl-answer img, .cl-answer script").count() == 0
    page.screenshot(path=artefacts / f"16-hint-by-ai-{theme}.png")

    button(panel, "Another error…").click()
    assert "failed to solve" in panel.get_by_label("Error").input_value()
    button(panel, "Explain this error").focus()
    page.keyboard.press("Enter")
    panel.locator(".cl-answer", has_text="may be wrong").nth(1).wait_for()
    panel.locator(".cl-answer").nth(1).scroll_into_view_if_needed()
    page.screenshot(path=artefacts / f"17-explanation-{theme}.png")

    live.course.agent.left, live.course.agent.retry_after = 0, 3
    button(panel, "Hint 3 of 3").click()
    panel.get_by_text("You have asked 5 times in this minute.").wait_for()
    assert button(panel, "Hint in ").is_disabled()
    page.screenshot(path=artefacts / f"18-hints-wait-{theme}.png")
    eventually(lambda: button(panel, "Hint 3 of 3").is_enabled(), "it can be asked again")
