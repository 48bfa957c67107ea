"""What a panel knows of hints, by tables; and that no answer gets into a page as more than text."""

from __future__ import annotations

from typing import Any

import pytest

from judge_extension.widgets.failed_log import find_error
from judge_extension.widgets.hint_answer import BROKE_OFF, HintAnswer, HintOffer
from judge_extension.widgets.hint_rendering import render_answer, render_offer
from judge_extension.widgets.markdown import render_markdown

from ..course_content import FAILED, HOSTILE_ANSWER
from .inert_page import HOSTILE, PANEL, PROSE, links_of, text_of

OFFER = {
    "hints": "ai",
    "left": 3,
    "per_minute": 5,
    "next": {"source": "author", "code": "disk_full", "step": 2, "steps": 3},
}
ANSWER_TAGS = PANEL | PROSE


def offer(now: float = 100.0, **changes: Any) -> HintOffer:
    found = HintOffer.of({**OFFER, **changes}, now)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "answer",
    [{}, {"hints": "off"}, {"hints": "maybe"}, {"left": "3"}, {"per_minute": None}],
    ids=lambda answer: str(answer),
)
def test_hints_that_are_off_or_unreadable_are_no_offer(answer: dict[str, Any]) -> None:
    assert HintOffer.of({**OFFER, **answer} if answer else {}, 0.0) is None


@pytest.mark.parametrize(
    ("following", "label"),
    [
        (OFFER["next"], "Hint 2 of 3"),
        (None, "Hint"),
        ({"source": "judge", "code": None, "step": None, "steps": None}, "Hint"),
        ({"step": "<b>", "steps": 3}, "Hint"),
    ],
)
def test_the_button_says_which_step_comes_next(following: Any, label: str) -> None:
    assert offer(next=following).label == label


def test_a_minute_without_a_question_brings_them_all_back() -> None:
    assert [offer().left_at(now) for now in (100.0, 159.0, 160.0)] == [3, 3, 5]
    assert "3 of 5 questions left" in render_offer(offer(), 100.0)


def test_a_refusal_is_counted_down() -> None:
    refused = HintOffer.of({**OFFER, "left": 0}, 100.0)
    assert refused is not None
    refused = HintOffer(**{**vars(refused), "opens_at": 112.0})
    assert [refused.wait_at(now) for now in (100.0, 111.5, 112.0)] == [12.0, 0.5, 0.0]
    assert [refused.left_at(now) for now in (111.0, 112.0, 160.0)] == [0, 1, 5]
    assert "You can ask again in 1 s." in render_offer(refused, 111.5)


def answered(*events: tuple[str, dict[str, Any]]) -> HintAnswer:
    answer = HintAnswer()
    for name, event in events:
        answer.take(name, event)
    return answer


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        ({"source": "author", "step": 2, "steps": 3}, {}, "From the lab's author · hint 2 of 3"),
        ({"source": "author", "step": None}, {}, "From the lab's author"),
        ({"source": "judge"}, {}, "The judge's explanation"),
        ({"source": "ai"}, {"model": "gemini-3"}, "By AI (gemini-3): may be wrong"),
        ({"source": "ai"}, {}, "By AI: may be wrong"),
        ({"source": "judge"}, {"note": "The AI did not answer."}, "The AI did not answer."),
    ],
)
def test_an_answer_says_where_it_comes_from(start: Any, end: Any, says: str) -> None:
    answer = answered(("start", start), ("piece", {"text": "Look."}), ("end", end))
    assert says in text_of(render_answer(answer), ANSWER_TAGS)


def test_an_answer_is_read_out_once_it_is_whole() -> None:
    answer = answered(("start", {"source": "judge"}), ("piece", {"text": "Lo"}))
    assert 'aria-live="polite" aria-busy="true"' in render_answer(answer)
    answer.take("end", {})
    assert 'aria-busy="false"' in render_answer(answer)


def test_an_answer_that_breaks_off_says_so() -> None:
    answer = answered(("piece", {"text": "Look at "}))
    answer.end()
    assert BROKE_OFF in render_answer(answer)


def test_what_comes_in_the_place_of_a_broken_answer_says_whose_it_is() -> None:
    answer = answered(
        ("start", {"source": "ai"}),
        ("piece", {"text": "Look at the fi"}),
        ("piece", {"text": "Line 3 names no file."}),
        ("end", {"source": "judge", "note": "The AI broke off.", "model": "gemini-3"}),
    )
    assert text_of(render_answer(answer), ANSWER_TAGS) == (
        "By AI (gemini-3): may be wrongLook at the fiThe AI broke off."
        "The judge's explanationLine 3 names no file."
    )


def test_the_last_hint_says_that_it_is() -> None:
    answer = answered(("start", {"source": "author", "is_last": True}), ("piece", {"text": "Look."}))
    assert "no further hint" not in render_answer(answer)
    answer.take("end", {"source": "author"})
    assert "There is no further hint for this." in render_answer(answer)


def test_events_that_are_not_as_they_should_be_are_passed_over() -> None:
    answer = answered(
        ("start", {"source": None, "step": "1", "left": "x"}),
        ("piece", {}),
        ("piece", {"text": ["<b>"]}),
        ("end", {"note": None, "model": 3, "source": None}),
        ("more", {"text": "no"}),
    )
    assert (answer.text, answer.source, answer.model) == ("", "", "3")
    text_of(render_answer(answer), ANSWER_TAGS)


@pytest.mark.parametrize("hostile", [*HOSTILE, *HOSTILE_ANSWER["pieces"]], ids=range(len(HOSTILE) + 4))
def test_nothing_in_an_answer_can_act(hostile: str) -> None:
    fields = {"source": "ai", "model": hostile, "note": hostile, "step": hostile, "steps": hostile}
    page = render_answer(answered(("start", fields), ("piece", {"text": hostile}), ("end", fields)))
    text_of(page, ANSWER_TAGS)
    assert links_of(page) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[points](https://192.0.2.1/x)", "points (https://192.0.2.1/x)"),
        ("<https://192.0.2.1/x>", "https://192.0.2.1/x"),
        ("[top](#top) [<b>](javascript:x)", "top (#top) <b> (javascript:x)"),
        ("![spy](https://192.0.2.1/spy.png)", "spy"),
    ],
)
def test_links_can_be_left_as_words(text: str, shown: str) -> None:
    page = render_markdown(text, has_links=False)
    assert text_of(page, PROSE) == shown
    assert links_of(page) == []


def attempt(*codes: str, **logs: list[str]) -> dict[str, Any]:
    failures = [{"code": code, "message": f"This is {code}."} for code in codes]
    return {"result": {"failures": failures, "notes": logs}}


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        (attempt("docker_build_failed", build_logs=["a", "b"]), "This is docker_build_failed.\n\na\nb"),
        (
            attempt("dockerignore_missing", "healthcheck_failed", build_logs=["a"], runtime_logs=["c"]),
            "This is healthcheck_failed.\n\nc",
        ),
        (attempt("disk_full", build_logs=["a"], runtime_logs=["c"]), "This is disk_full.\n\na\nc"),
        (attempt("docker_run_failed"), "This is docker_run_failed."),
        (attempt("layer_order_incorrect", build_logs=["a"]), ""),
        ({"result": FAILED}, ""),
        ({"result": {"failures": [None, {"code": ["x"]}], "notes": 3}}, ""),
        ({}, ""),
    ],
)
def test_the_error_of_a_failed_check_is_found(attempt: dict[str, Any], error: str) -> None:
    assert find_error(attempt, 1000) == error


def test_of_a_long_log_it_is_the_end() -> None:
    error = find_error(attempt("docker_build_failed", build_logs=["x" * 5000, "ERROR: the end"]), 200)
    assert error.startswith("This is docker_build_failed.")
    assert error.endswith("ERROR: the end")
    assert len(error) == 200
