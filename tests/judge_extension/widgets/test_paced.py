"""Many calls become few, and the last one counts."""

from __future__ import annotations

from judge_extension.widgets.paced import Paced

from ..live_server import eventually


def test_the_first_is_at_once_and_the_last_is_not_lost() -> None:
    value, seen = 0, []
    paced = Paced(lambda: seen.append(value), seconds=0.2)
    for value in range(1000):  # noqa: B007 # the action reads it
        paced.ask()
    assert seen[0] == 0
    eventually(lambda: seen[-1] == 999, "the last value is seen")
    assert len(seen) < 50


def test_nothing_comes_after_stop() -> None:
    seen: list[int] = []
    paced = Paced(lambda: seen.append(1), seconds=30)
    paced.ask()
    paced.ask()
    paced.stop()
    paced.ask()
    assert seen == [1]
