"""Hints and explanations in the panel, against a real server process: asked, streamed, refused, counted."""

from __future__ import annotations

import pytest
from ipywidgets import Button, Text, Textarea, ToggleButton

from judge_extension.widgets import hint_desk
from judge_extension.widgets.server_door import DoorError

from ..course_content import BUILD_FAILED, FAILED, HOSTILE_ANSWER, PASSED
from ..live_server import LiveServer, eventually
from .screen import Screen, new_screen


@pytest.fixture
def screen(live: LiveServer) -> Screen:
    """The panel of lab1 after a failed check, in a course with hints and without AI."""
    live.course.agent.mode = "author"
    (live.root / "lab1").mkdir()
    (live.root / "lab1" / "Dockerfile").write_text("FROM scratch")
    live.course.finish(live.course.new_attempt("lab1"))
    screen = new_screen(live)
    screen.shows("Not there yet")
    eventually(lambda: "Hint 1 of 3" in screen.buttons(), "the button says which hint comes next")
    return screen


def check(screen: Screen, live: LiveServer, result: dict[str, object]) -> None:
    live.course.result = result
    screen.panel.check().result(20)


def test_the_button_gives_one_hint_more_each_time(screen: Screen, live: LiveServer) -> None:
    assert "5 of 5 questions left" in screen.html
    screen.click("Hint 1 of 3")
    screen.shows("From the lab's author</b> · hint 1 of 3")
    screen.shows("What lies in your folder that the <strong>image</strong> does not need?")
    screen.shows("4 of 5 questions left")
    eventually(lambda: screen.buttons().get("Hint 2 of 3"), "the next step can be asked for")
    assert live.course.agent.questions == [("hint", {"lab": "lab1"})]


def test_before_the_first_check_there_is_a_hint_too(live: LiveServer) -> None:
    live.course.agent.mode = "author"
    screen = new_screen(live)
    eventually(lambda: screen.buttons().get("Hint"), "the button is there")
    assert list(screen.buttons())[:2] == ["Check", "Hint"]


@pytest.mark.parametrize("mode", ["off", None])
def test_without_hints_there_is_no_button_at_all(live: LiveServer, mode: str | None) -> None:
    live.course.agent.mode = mode
    live.course.result = BUILD_FAILED
    live.course.finish(live.course.new_attempt("lab1"))
    screen = new_screen(live)
    screen.shows("Not there yet")
    eventually(lambda: any("api/agent" in path for _method, path, _headers in live.course.requests), "asked")
    assert screen.buttons() == {"Check": True, "Reset…": True}
    assert screen.widgets(ToggleButton) == []
    assert "questions left" not in screen.html


def test_a_course_that_turns_hints_off_takes_the_buttons_away(screen: Screen, live: LiveServer) -> None:
    live.course.agent.mode = "off"
    check(screen, live, FAILED)
    eventually(lambda: screen.buttons() == {"Check": True, "Reset…": True}, "they are gone")


def test_an_answer_is_seen_while_it_is_written_and_is_one(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "held"
    screen.click("Hint 1 of 3")
    screen.shows("What lies in your folder that the")
    screen.shows("4 of 5 questions left")
    assert "does not need?" not in screen.html
    assert screen.buttons()["Hint 1 of 3"] is False
    assert screen.panel._hints.hint() is screen.panel._hints.hint()
    live.course.release.set()
    screen.shows("does not need?")
    assert len(live.course.agent.questions) == 1


def test_a_question_of_ones_own_goes_to_an_ai_alone(screen: Screen, live: LiveServer) -> None:
    assert screen.widgets(Text) == []
    live.course.agent.mode = "ai"
    live.course.agent.answer = HOSTILE_ANSWER
    check(screen, live, FAILED)
    eventually(lambda: screen.widgets(Text), "there is a field for a question")
    [field] = screen.widgets(Text)
    field.value = "Was ist ein Layer?"
    screen.click("Ask")
    screen.shows("By AI (gemini-&lt;b&gt;flash&lt;/b&gt;): may be wrong")
    assert live.course.agent.questions == [("hint", {"lab": "lab1", "question": "Was ist ein Layer?"})]
    assert "<script" not in screen.html
    assert "<img" not in screen.html
    assert "free points (https://192.0.2.1/login)" in screen.html

    eventually(lambda: screen.buttons()["Ask"], "it can be asked again")
    field.value = "x" * 1001
    screen.click("Ask")
    screen.shows("A question has at most 1,000 characters.")
    field.value = " "
    screen.click("Ask")
    screen.shows("Write your question first.")
    assert len(live.course.agent.questions) == 1


def test_a_failed_check_offers_to_explain_its_own_log(screen: Screen, live: LiveServer) -> None:
    assert "Explain this error" not in screen.buttons()  # a missing file stands in no log
    check(screen, live, BUILD_FAILED)
    screen.click("Explain this error")
    screen.shows("The judge's explanation")
    text = "Line 3 <failed>.\n\n#7 [3/4] RUN pip install\nERROR: failed to solve"
    assert live.course.agent.questions == [("explain", {"lab": "lab1", "text": text})]

    check(screen, live, FAILED)
    assert "Explain this error" not in screen.buttons()
    assert "The judge's explanation" not in screen.html


def test_another_error_can_be_pasted(screen: Screen, live: LiveServer) -> None:
    [toggle] = [one for one in screen.widgets(ToggleButton) if one.description == "Explain an error…"]
    toggle.value = True
    [field] = screen.widgets(Textarea)
    screen.click("Explain this error")
    screen.shows("Paste an error first.")
    field.value = "y" * 100 + "x" * 19_990 + "E: the end"
    screen.click("Explain this error")
    screen.shows("The judge's explanation")
    [(kind, question)] = live.course.agent.questions
    assert (kind, len(question["text"])) == ("explain", 20_000)
    assert question["text"].endswith("E: the end")


def test_over_the_limit_the_buttons_count_down_and_come_back(
    screen: Screen, live: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hint_desk, "COUNT_SECONDS", 0.05)
    check(screen, live, BUILD_FAILED)
    live.course.agent.left, live.course.agent.retry_after = 0, 2
    screen.click("Hint 1 of 3")
    screen.shows("You have asked 5 times in this minute.")
    screen.shows("You can ask again in 2 s.")
    eventually(lambda: screen.buttons().get("Hint in 2 s") is False, "the button waits too")
    assert screen.buttons()["Explain this error"] is False
    screen.shows("You can ask again in 1 s.")
    live.course.agent.left = 5
    eventually(lambda: screen.buttons().get("Hint 1 of 3"), "it can be asked again")
    assert screen.buttons()["Explain this error"] is True


def test_a_service_that_fails_is_a_sentence_and_can_be_asked_again(screen: Screen, live: LiveServer) -> None:
    live.course.mode = "hangup"
    with pytest.raises(DoorError):
        screen.panel._hints.hint().result(20)
    screen.shows("The course service does not answer right now.")
    live.course.mode = "well"
    eventually(lambda: screen.buttons()["Hint 1 of 3"], "it can be asked again")
    screen.click("Hint 1 of 3")
    screen.shows("From the lab's author")


def test_an_answer_that_breaks_off_says_so(screen: Screen, live: LiveServer) -> None:
    live.course.stream = "cut"
    screen.panel._hints.hint().result(20)
    screen.shows("What lies in your folder")
    screen.shows("The answer broke off here.")


def test_a_pass_takes_the_hint_away(screen: Screen, live: LiveServer) -> None:
    screen.panel._hints.hint().result(20)
    check(screen, live, FAILED)
    screen.shows("What lies in your folder")
    check(screen, live, PASSED)
    eventually(lambda: "What lies in your folder" not in screen.html, "it is no longer needed")


def test_every_field_and_button_has_a_name(screen: Screen, live: LiveServer) -> None:
    live.course.agent.mode = "ai"
    check(screen, live, BUILD_FAILED)
    [toggle] = [one for one in screen.widgets(ToggleButton) if one.description == "Another error…"]
    toggle.value = True
    eventually(lambda: screen.widgets(Text), "there is a field for a question")
    assert all(button.description and button.tooltip for button in screen.widgets(Button))
    assert all(
        one.description and one.placeholder for kind in (Text, Textarea) for one in screen.widgets(kind)
    )
