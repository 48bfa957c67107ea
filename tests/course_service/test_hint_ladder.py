"""Which hint comes next, from nudge to near-answer to the log's explanation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from course_service.explanations.entry import Explanation
from course_service.hint_ladder import (
    FailedAttempt,
    FailedCheck,
    HintSource,
    build_ladder,
    describe_explanations,
    next_rung,
    seen_since,
)

from .asking_hints import KNOWN_LOG

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAILED = FailedCheck("docker_build_failed", "The build failed.", "the verdict's hint")
OTHER = FailedCheck("healthcheck_failed", "No answer.", "another hint")


def climb(attempt: FailedAttempt, hints: tuple[str, ...], *, has_ai: bool) -> list[tuple[object, ...]]:
    ladder = build_ladder(attempt, hints, has_ai=has_ai)
    assert [rung.position for rung in ladder] == list(range(1, len(ladder) + 1))
    assert {rung.code for rung in ladder} == {FAILED.code}
    return [(rung.source, rung.step, rung.steps, rung.is_last) for rung in ladder]


@pytest.mark.parametrize(
    ("log", "hints", "has_ai", "expected"),
    [
        ((), ("a", "b"), False, [("author", 1, 2, False), ("author", 2, 2, True)]),
        ((), ("a", "b"), True, [("author", 1, 2, False), ("author", 2, 2, False)]),
        ((), (), False, [("author", 1, 1, True)]),
        (KNOWN_LOG, ("a",), False, [("author", 1, 1, False), ("judge", None, None, True)]),
        (KNOWN_LOG, ("a",), True, [("author", 1, 1, False), ("judge", None, None, False)]),
    ],
)
def test_rungs_of_a_ladder(log, hints, has_ai, expected):
    assert climb(FailedAttempt((FAILED, OTHER), log), hints, has_ai=has_ai) == expected


def test_without_hints_of_the_labs_the_verdicts_is_the_first():
    (rung,) = build_ladder(FailedAttempt((FAILED,)), (), has_ai=False)
    assert rung.text == "the verdict's hint"


def test_the_failures_own_message_is_explained_too():
    message = (
        "It did not start: unable to start container process: "
        'exec: "flask": executable file not found in $PATH: unknown.'
    )
    failed = FailedCheck("docker_run_failed", message, "h")
    *_, last = build_ladder(FailedAttempt((failed,)), ("a",), has_ai=True)
    assert last.source is HintSource.JUDGE
    assert "flask" in last.text


def test_a_code_of_another_version_has_a_ladder_too():
    failed = FailedCheck("code_of_the_past", "m", "h")
    assert [rung.text for rung in build_ladder(FailedAttempt((failed,)), (), has_ai=True)] == ["h"]


def test_above_the_last_rung_is_ai():
    ladder = build_ladder(FailedAttempt((FAILED,)), ("a", "b"), has_ai=True)
    assert [rung.text if (rung := next_rung(ladder, shown)) else None for shown in range(4)] == [
        *("a", "b"),
        *(None, None),
    ]


@pytest.mark.parametrize(
    ("codes_newest_first", "expected_hour"),
    [
        (["a"], 0),
        (["a", "a", "b"], -1),
        (["a", "ab", ""], -1),
        (["a", "b", "a"], 0),
        (["a", "", "a"], 0),
        (["b", "a"], None),
        ([], None),
    ],
)
def test_a_code_is_there_since_it_last_appeared_anew(codes_newest_first, expected_hour):
    attempts = [(NOON - place * HOUR, frozenset(codes)) for place, codes in enumerate(codes_newest_first)]
    expected = None if expected_hour is None else NOON + expected_hour * HOUR
    assert seen_since(attempts, "a") == expected


def test_nothing_in_a_line_of_a_log_ends_its_block():
    evil = Explanation("x", "```</pre><script>alert(1)</script> [x](javascript:1)", "Cause.", "Do this.")
    assert describe_explanations([evil]) == (
        "    ```</pre><script>alert(1)</script> [x](javascript:1)\n\nCause.\n\n**Next:** Do this."
    )
