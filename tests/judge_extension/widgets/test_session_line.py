"""The session's time in the panel: what it says, from whose clock, and when the service is gone."""

from __future__ import annotations

import pytest

from judge_extension.widgets import session_line
from judge_extension.widgets.countdown import Countdown, say_time
from judge_extension.widgets.session_line import SessionLine

from ..live_server import LiveServer, eventually
from .screen import Screen, new_screen

ANSWER = {
    "expires_at": "2001-01-01T00:30:00+00:00",
    "now": "2001-01-01T00:00:00+00:00",
    "warnings": [10, 5, 1],
    "extensions_left": 1,
    "extension_minutes": 15.0,
}


@pytest.mark.parametrize(
    ("passed", "shown", "kind"),
    [
        (0, "30 minutes left", "cl-quiet"),
        (1190, "11 minutes left", "cl-quiet"),
        (1200, "10 minutes left", "cl-info"),
        (1500, "5 minutes left", "cl-warn"),
        (1740, "60 seconds left", "cl-warn"),
        (1795, "10 seconds left", "cl-warn"),
        (9999, "This session is ending.", "cl-warn"),
    ],
)
def test_the_line_counts_on_from_the_services_time(passed: int, shown: str, kind: str) -> None:
    countdown = Countdown.of(ANSWER, answered_at=500.0)
    assert countdown is not None
    html = countdown.render(500.0 + passed)
    assert shown in html
    assert kind in html


@pytest.mark.parametrize(
    "answer", [{}, ANSWER | {"now": "soon"}, ANSWER | {"warnings": None}, ANSWER | {"expires_at": 3}]
)
def test_an_answer_that_cannot_be_read_is_none(answer: dict[str, object]) -> None:
    assert Countdown.of(answer, 0.0) is None


def test_minutes_are_rounded_up_so_that_none_is_promised_twice() -> None:
    assert [say_time(one) for one in (1740, 61, 59.5, 0)] == [
        "29 minutes",
        "2 minutes",
        "60 seconds",
        "No time",
    ]


def test_the_panel_shows_the_time_and_extends_it_within_policy(live: LiveServer) -> None:
    live.course.seconds_left = 290.0
    screen = new_screen(live)
    screen.shows("5 minutes left in this session.")
    screen.click("Extend by 15 minutes")
    screen.shows("20 minutes left in this session.")
    eventually(lambda: "Extend by 15 minutes" not in screen.buttons(), "the button goes with the policy")


def test_a_refusal_is_a_sentence(live: LiveServer) -> None:
    live.course.seconds_left = 290.0
    screen = new_screen(live)
    screen.shows("5 minutes left")
    live.course.extensions_left = 0
    screen.click("Extend by 15 minutes")
    screen.shows("A session can be extended once.")


def test_a_service_that_has_gone_changes_nothing(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_line, "ASK_SECONDS", 0.05)
    monkeypatch.setattr(session_line, "PAINT_SECONDS", 0.05)
    live.course.seconds_left = 1000.0
    screen = new_screen(live)
    screen.shows("17 minutes left")
    live.course.mode = "hangup"
    asked = len(live.course.requests)
    eventually(lambda: len(live.course.requests) > asked + 2, "it asks on")
    assert "17 minutes left" in screen.html


def test_of_two_panels_the_newer_counts(live: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_line, "PAINT_SECONDS", 0.05)
    live.course.seconds_left = 1000.0
    older = new_screen(live)
    older.shows("17 minutes left")
    newer = new_screen(live)
    newer.shows("17 minutes left")
    eventually(lambda: not lines(older) and lines(newer), "the older line is hidden")


def lines(screen: Screen) -> list[SessionLine]:
    return screen.widgets(SessionLine)
