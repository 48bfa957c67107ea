"""The panel against a real server process, as a learner sees and presses it."""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

import pytest
from ipywidgets import Button, ToggleButton

from judge_extension.widgets import judging
from judge_extension.widgets.server_door import DoorError

from ..course_content import FAILED, LOCKED, PASSED
from ..live_server import LiveServer, eventually
from .screen import Screen, new_screen


@pytest.fixture
def screen(live: LiveServer) -> Screen:
    """The panel of lab1, whose folder is there."""
    (live.root / "lab1").mkdir()
    (live.root / "lab1" / "Dockerfile").write_text("FROM scratch")
    return new_screen(live)


def check(screen: Screen) -> Future[dict[str, Any]]:
    return screen.panel.check()


def test_the_panel_names_its_lab(screen: Screen) -> None:
    screen.shows("Your first Dockerfile")
    screen.shows("about 30 minutes")
    screen.shows('/containrlab/api/labs/lab1/download" download')
    assert screen.buttons() == {"Check": True, "Reset…": True}


def test_a_title_is_text(live: LiveServer) -> None:
    new_screen(live, "lab-two").shows("Layers &amp; &lt;caching&gt;")


def test_check_shows_what_failed_and_then_what_passed(screen: Screen, live: LiveServer) -> None:
    assert check(screen).result(20)["result"] == FAILED
    for text in (
        "Not there yet",
        "There is no .dockerignore",
        "What to try",
        "156.1 MB",
        "4 of 10 points",
        "0 of 2 points",
        "something before it has to pass first",
        "Your first attempt",
    ):
        assert text in screen.html
    assert screen.buttons() == {"Check": True, "Reset…": True}

    live.course.result = PASSED
    assert check(screen).result(20)["result"] == PASSED
    assert "All 3 checks passed" in screen.html
    assert "10 of 10 points" in screen.html
    assert "1 earlier attempt" in screen.html
    assert "Not there yet" not in screen.html


def test_the_button_and_check_are_one_path(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "held"
    screen.click("Check")
    handle = check(screen)
    live.course.release.set()
    handle.result(20)
    assert len(live.course.submissions) == 1


def test_progress_is_live_and_the_kernel_stays_free(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "held"

    started = time.monotonic()
    handle = check(screen)
    assert time.monotonic() - started < 5

    screen.shows("Building your &lt;image&gt;…")
    assert "1 of 3 steps done" in screen.html
    assert screen.buttons()["Working…"] is False
    assert "load build" not in screen.html  # folded
    [fold] = screen.widgets(ToggleButton)
    fold.value = True
    screen.shows("#1 load build &lt;b&gt;definition&lt;/b&gt;")
    assert not handle.done()
    live.course.release.set()
    handle.result(20)
    assert "Building your" not in screen.html


def test_the_place_in_the_queue_is_shown_while_it_waits(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "queued"
    handle = check(screen)
    screen.shows("2 attempts are before yours")
    assert "Waiting for your turn" in screen.html
    live.course.release.set()
    handle.result(20)
    assert "before yours" not in screen.html


def test_double_clicks_are_one_check(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "held"
    handles = {check(screen) for _ in range(10)}
    assert len(handles) == 1
    live.course.release.set()
    handles.pop().result(20)
    assert len(live.course.submissions) == 1


def test_another_tabs_attempt_is_joined(screen: Screen, live: LiveServer) -> None:
    screen.shows("Your first Dockerfile")
    running = live.course.new_attempt("lab1")

    assert check(screen).result(20)["id"] == running["id"]
    assert live.course.submissions == []


def test_a_lost_stream_is_made_up_for_by_asking(
    screen: Screen, live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "POLL_SECONDS", 0.05)
    live.course.stream = "cut"

    handle = check(screen)
    eventually(lambda: _polls(live) >= 3, "the attempt is asked for")
    assert not handle.done()
    live.course.finish(live.course.attempts[0])

    assert handle.result(20)["result"] == FAILED
    screen.shows("Not there yet")


def _polls(live: LiveServer) -> int:
    return sum(path.endswith("/attempts/1") for _method, path, _headers in live.course.requests)


def test_a_service_that_dies_under_an_attempt_is_said_so(
    screen: Screen, live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "POLL_SECONDS", 0.01)
    live.course.stream = "cut"
    handle = check(screen)
    eventually(lambda: _polls(live) >= 1, "the attempt is asked for")
    live.course.mode = "hangup"
    with pytest.raises(DoorError):
        handle.result(20)
    screen.shows("Your work is kept")


@pytest.mark.parametrize("mode", ["hangup", "error", "garbage", "html_404"])
def test_a_service_that_fails_is_a_sentence_and_check_works_again(
    screen: Screen, live: LiveServer, mode: str
) -> None:
    live.course.mode = mode
    with pytest.raises(DoorError):
        check(screen).result(20)
    assert "The course service does not answer right now. Your work is kept." in screen.html
    assert screen.buttons() == {"Check": True, "Reset…": True}

    live.course.mode = "well"
    check(screen).result(20)
    screen.shows("Not there yet")


def test_opening_the_panel_with_the_service_down_says_so(live: LiveServer) -> None:
    live.course.mode = "error"
    screen = new_screen(live)
    screen.shows("Your work is kept")
    assert screen.buttons()["Check"] is True


def test_a_folder_that_is_refused_names_the_file(screen: Screen, live: LiveServer) -> None:
    (live.root / "lab1" / "<b>link").symlink_to("/etc/passwd")
    with pytest.raises(DoorError):
        check(screen).result(20)
    assert "The name &lt;b&gt;link cannot be sent" in screen.html


def test_running_the_cell_again_shows_the_latest_result(screen: Screen, live: LiveServer) -> None:
    check(screen).result(20)
    live.course.result = PASSED
    check(screen).result(20)

    again = new_screen(live)

    again.shows("All 3 checks passed")
    again.shows("1 earlier attempt")


def test_running_the_cell_again_joins_a_check_that_runs(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "held"
    check(screen)
    screen.shows("Building your")

    again = new_screen(live)
    again.shows("Building your")
    live.course.release.set()
    again.shows("Not there yet")
    screen.shows("Not there yet")
    assert len(live.course.submissions) == 1


SHOW, HIDE = "Show the solution explained", "Hide the solution"


def test_the_solution_is_offered_after_a_pass_and_never_before(screen: Screen, live: LiveServer) -> None:
    check(screen).result(20)
    assert SHOW not in screen.buttons()
    live.course.result = PASSED
    check(screen).result(20)
    assert not any("solution" in path for _method, path, _headers in live.course.requests)

    screen.click(SHOW)
    screen.shows("Why it is written like this")
    assert "RUN echo &#x27;&lt;/pre&gt;&lt;b&gt;&#x27; &amp;&amp; true" in screen.html
    assert "&lt;b onclick=" in screen.html
    assert "javascript" not in screen.html
    screen.click(HIDE)
    assert "Why it is written like this" not in screen.html
    screen.click(SHOW)
    assert "Why it is written like this" in screen.html


def test_a_pass_of_an_earlier_day_still_opens_the_solution(screen: Screen, live: LiveServer) -> None:
    live.course.result = PASSED
    check(screen).result(20)
    live.course.result = FAILED
    check(screen).result(20)

    again = new_screen(live)
    again.shows("Not there yet")
    again.click(SHOW)
    again.shows("Why it is written like this")


def test_a_pass_of_another_lab_opens_nothing(live: LiveServer) -> None:
    live.course.result = PASSED
    live.course.finish(live.course.new_attempt("lab-two"))
    live.course.result = FAILED
    live.course.finish(live.course.new_attempt("lab1"))
    screen = new_screen(live)
    screen.shows("Not there yet")
    assert SHOW not in screen.buttons()


def test_a_solution_that_cannot_be_had_is_a_sentence_and_can_be_asked_for_again(
    screen: Screen, live: LiveServer
) -> None:
    live.course.result = PASSED
    check(screen).result(20)
    live.course.refusal = (403, LOCKED)
    screen.click(SHOW)
    screen.shows("The solution opens once you have passed this lab.")
    live.course.refusal = None
    eventually(lambda: screen.buttons()[SHOW], "it can be pressed again")
    screen.click(SHOW)
    screen.shows("Why it is written like this")


def test_reset_asks_first(screen: Screen, live: LiveServer) -> None:
    screen.click("Reset…")
    assert "Start over with the lab&#x27;s own files?" in screen.html
    assert "/workspace/lab1.before-reset-" in screen.html
    screen.click("Keep my files")
    assert "Start over" not in screen.html
    assert (live.root / "lab1" / "Dockerfile").read_text() == "FROM scratch"


def test_reset_says_where_the_copy_is_kept(screen: Screen, live: LiveServer) -> None:
    screen.click("Reset…")
    screen.click("Start over")
    screen.shows("own files are back")
    [kept] = live.root.glob("lab1.before-reset-*")
    assert str(kept) in screen.html
    assert (kept / "Dockerfile").read_text() == "FROM scratch"
    assert (live.root / "lab1" / "Dockerfile").read_text() == "# TODO\n"


def test_every_button_says_what_it_does(screen: Screen) -> None:
    screen.click("Reset…")
    assert all(button.description and button.tooltip for button in screen.widgets(Button))


def test_a_fault_of_the_panel_itself_is_a_sentence(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    screen.shows("Your first Dockerfile")
    monkeypatch.setattr(judging.Judging, "submit", lambda *_args: {}["no such key"])
    with pytest.raises(KeyError):
        check(screen).result(20)
    assert "The panel met an error of its own" in screen.html
    assert screen.buttons()["Check"] is True
    assert "KeyError" in caplog.text
