"""What the panel shows, by tables. Above all: nothing from outside gets into a page as more than text."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from judge_extension.widgets.judging import Progress
from judge_extension.widgets.rendering import (
    MOST_LOG_CHARACTERS,
    esc,
    render_details,
    render_header,
    render_log,
    render_notice,
    render_progress,
    render_tip,
    render_verdict,
)

from .inert_page import HOSTILE, text_of


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("a & b < c > d \" e ' f", "a &amp; b &lt; c &gt; d &quot; e &#x27; f"),
        ("tab\tand\nnewline", "tab\tand\nnewline"),
        pytest.param("\x1b[1;31mred\x1b[0m", "red", id="colour"),
        pytest.param("\x1b]0;title\x07text", "text", id="title, ended by a bell"),
        pytest.param("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link", id="link"),
        pytest.param("\x1bP+q\x1b\\text", "text", id="device string"),
        pytest.param("\x1b[2J\x1b[Htext\x1b(B", "text", id="clear screen"),
        pytest.param("50%\r100%", "50%100%", id="carriage return"),
        pytest.param("a\x00b\x08c\x7fd\x85e", "abcde", id="control characters"),
        pytest.param("a\u202eb\u2069c\u200fd", "abcd", id="direction marks"),
        pytest.param("a\ud800b", "ab", id="lone surrogate"),
        pytest.param("\x1b", "", id="escape alone"),
        pytest.param(None, "None", id="not text"),
        pytest.param(["<"], "[&#x27;&lt;&#x27;]", id="list"),
        pytest.param("é✓日本", "é✓日本", id="other letters stay"),
    ],
)
def test_esc_leaves_text_and_nothing_else(value: object, shown: str) -> None:
    assert esc(value) == shown


def test_esc_says_how_much_it_left_out() -> None:
    assert esc("x" * 25, most=10) == "x" * 10 + " … (15 more characters)"


def render_attempt(attempt: dict[str, Any], earlier: int) -> str:
    return render_verdict(attempt) + render_details(attempt, earlier)


def attempt(**result: Any) -> dict[str, Any]:
    full = {
        "passed": False,
        "graded": True,
        "score": 7,
        "max_score": 10,
        "failures": [
            {"code": "healthcheck_failed", "message": "GET /health answered 500.", "hint": "docker logs"}
        ],
        "checks": [
            {"title": "The image builds", "status": "passed", "points": 7},
            {"title": "It answers", "status": "failed", "points": 1},
            {"title": "It is small", "status": "not_run", "points": 2},
        ],
        "metrics": {"build": {"elapsed_seconds": 1.26}, "image_size_mb": 156.12},
        "notes": {"build_logs": ["#1 load", "#2 done"], "runtime_logs": ["Traceback"]},
    }
    return {
        "id": 7,
        "lab": "lab1",
        "user": "alice",
        "status": "finished",
        "submitted_at": "2026-01-02T03:04:05.678Z",
        "result": {**full, **result},
    }


def test_a_failures_words_between_backticks_are_code_and_still_text() -> None:
    failure = {"message": "Line 2 reads `RUN <b>`.", "hint": "Write `pip install`, not `pip"}
    page = render_attempt(attempt(failures=[failure]), 0)
    assert "<p>Line 2 reads <code>RUN &lt;b&gt;</code>.</p>" in page
    assert "Write <code>pip install</code>, not `pip" in page


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:60]))
def test_no_value_of_an_attempt_becomes_markup(hostile: str) -> None:
    def poison(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: poison(one) for key, one in value.items()}
        if isinstance(value, list):
            return [poison(one) for one in value]
        return hostile if isinstance(value, str) else value

    poisoned = poison(attempt())
    text_of(render_attempt(poisoned, 2))
    poisoned["result"]["metrics"] = {"image_size_mb": hostile, "build": {"elapsed_seconds": hostile}}
    poisoned["result"]["graded"] = hostile
    poisoned["result"]["notes"]["fault"] = hostile
    text_of(render_attempt(poisoned, 2))


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:60]))
def test_no_value_of_anything_else_becomes_markup(hostile: str) -> None:
    progress = Progress(hostile, 1, 3)
    progress.log.append(hostile)
    lab = {"title": hostile, "difficulty": hostile, "minutes": hostile}
    for html in (
        render_progress(progress),
        render_log(progress.log, hostile),
        render_header(hostile, lab),
        render_header(hostile, {}),
        render_tip(hostile),
        render_notice(hostile, hostile),
    ):
        text_of(html)


def _paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in items for path in ((*above, key), *_paths(one, (*above, key)))]


@pytest.mark.parametrize("odd", [None, 3, "text", [], {}, [None], float("nan"), True], ids=repr)
@pytest.mark.parametrize("path", _paths(attempt()), ids=lambda path: ".".join(map(str, path)))
def test_an_attempt_that_is_not_as_agreed_still_shows(path: tuple[Any, ...], odd: Any) -> None:
    spoilt = copy.deepcopy(attempt())
    place: Any = spoilt
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = odd
    text_of(render_attempt(spoilt, 0))
    text_of(render_attempt({}, 0))


def test_a_lab_says_when_it_is_due_and_an_attempt_that_it_came_late() -> None:
    due = "Monday 9 November 2026 at 23:59 (UTC)"
    assert f"due {due}" in text_of(render_header("lab1", {"title": "First", "due": due}))
    assert "late" in text_of(render_attempt({"is_late": True, "result": {}}, earlier=0))
    assert "late" not in text_of(render_attempt({"is_late": False, "result": {}}, earlier=0))


def test_a_failed_attempt_says_what_why_and_what_to_try() -> None:
    text = text_of(render_attempt(attempt(), 2))
    for part in (
        "Not there yet",
        "Not there yet 7 of 10 points",
        "1 of 3 checks passed",
        "GET /health answered 500.",
        "What to try: docker logs",
        "healthcheck_failed",
        "✓The image builds7 of 7 pointsPassed",
        "✗It answers0 of 1 pointFailed",
        "○It is small0 of 2 pointsDid not run",
        "○ Did not run: something before it has to pass first.",
        "Image size 156.1 MB",
        "Build time 1.3 s",
        "#1 load\n#2 done",
        "Traceback",
        "Checked 2026-01-02 03:04 UTC",
        "2 earlier attempts",
    ):
        assert part in text


def test_logs_are_folded_and_can_be_reached_by_keyboard() -> None:
    html = render_attempt(attempt(), 0)
    assert html.count("<details") == html.count("<summary>") == 2
    assert "<details open" not in html
    assert html.count('tabindex="0"') == 2


@pytest.mark.parametrize(
    ("result", "earlier", "says", "says_not"),
    [
        pytest.param(
            {"passed": True, "failures": [], "checks": [{"title": "x", "status": "passed"}]},
            0,
            ["Passed", "All 1 checks passed", "Your first attempt"],
            ["Not there yet", "has to pass first"],
            id="passed",
        ),
        pytest.param(
            {"graded": False, "failures": [], "notes": {"fault": "The sandbox was lost."}},
            1,
            ["the fault was ours", "The sandbox was lost.", "Press Check again", "1 earlier attempt"],
            ["Not there yet", "attempts", "points", "has to pass first"],
            id="not graded",
        ),
        pytest.param({"max_score": 0}, 0, ["Not there yet"], ["of 0 points"], id="nothing to win"),
        pytest.param(
            {"score": "<7>", "checks": [{"title": "x", "status": "passed", "points": True}]},
            0,
            ["Not there yet", "✓xPassed"],
            ["point"],
            id="scores that are none",
        ),
        pytest.param({"passed": "yes"}, 0, ["Not there yet"], ["Well done"], id="passed is not a boolean"),
        pytest.param(
            {"graded": None, "passed": True}, 0, ["Not graded"], ["Well done"], id="graded is missing"
        ),
    ],
)
def test_verdicts(result: dict[str, Any], earlier: int, says: list[str], says_not: list[str]) -> None:
    text = text_of(render_attempt(attempt(**result), earlier))
    assert [part for part in says if part not in text] == []
    assert [part for part in says_not if part in text] == []


def test_the_end_of_a_long_log_is_what_is_kept() -> None:
    lines = [f"line {number} " + "x" * 90 for number in range(5000)]
    text = text_of(render_log(lines))
    assert "line 4999" in text
    assert "line 0 " not in text
    assert "characters before this" in text
    assert len(text) < MOST_LOG_CHARACTERS + 200


@pytest.mark.parametrize(
    ("step", "steps", "share"), [(0, 5, 0), (3, 5, 60), (5, 5, 100), (9, 5, 100), (0, 0, None), (3, 0, None)]
)
def test_progress_says_how_far_it_is(step: int, steps: int, share: int | None) -> None:
    html = render_progress(Progress("Building your image", step, steps))
    assert "Building your image…" in text_of(html)
    assert 'role="status" aria-live="polite"' in html
    assert ("aria-valuenow" in html) is (share is not None)
    assert f"width: {share or 0}%" in html


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (0, "Waiting for your turn… Yours is next"),
        (1, "Waiting for your turn… 1 attempt is before yours"),
        (2, "Waiting for your turn… 2 attempts are before yours"),
    ],
)
def test_progress_says_how_many_are_before_it(place: int, says: str) -> None:
    progress = Progress()
    progress.take({"message": "Waiting for your turn", "place": place, "step": 0, "steps": 5})
    html = render_progress(progress)
    assert text_of(html) == says
    assert "aria-valuenow" not in html
    progress.take({"log": "a line"})
    assert text_of(render_progress(progress)) == says
    progress.take({"message": "Building your image", "step": 1, "steps": 5})
    assert text_of(render_progress(progress)) == "Building your image… 1 of 5 steps done"


@pytest.mark.parametrize("place", [-1, "2", None, [2], 1.5])
def test_progress_takes_no_odd_place(place: object) -> None:
    progress = Progress()
    progress.take({"message": "Waiting for your turn", "place": place})
    assert text_of(render_progress(progress)) == "Waiting for your turn… "


@pytest.mark.parametrize(
    "event", [{"step": -5}, {"step": "3"}, {"steps": None}, {"message": 3}, {"log": ["x"]}, {"other": 1}, {}]
)
def test_progress_takes_nothing_odd(event: dict[str, Any]) -> None:
    progress = Progress()
    before = text_of(render_progress(progress))
    progress.take(json.loads(json.dumps(event)))
    assert text_of(render_progress(progress)) == before
    assert list(progress.log) == []
