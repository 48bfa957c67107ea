"""When something that ended by itself is started again."""

from __future__ import annotations

import pytest

from operator_cli.restarts import MOST_QUICK_ENDS, QUICK_SECONDS, Restarts

LONG = float(QUICK_SECONDS)


@pytest.mark.parametrize(
    ("lasted", "delays"),
    [
        ([LONG], [0]),
        ([LONG] * 20, [0] * 20),
        ([1, 1, 1, 1, 1], [1, 2, 4, 8, None]),
        ([1, 1, LONG, 1, 1], [1, 2, 0, 1, 2]),
        ([LONG - 0.1], [1]),
    ],
)
def test_what_ends_quickly_waits_longer_each_time_and_is_given_up(
    lasted: list[float], delays: list[float | None]
):
    restarts = Restarts()
    assert [restarts.delay_seconds(seconds) for seconds in lasted] == delays


def test_only_ends_in_a_row_count():
    restarts = Restarts()
    for _ in range(MOST_QUICK_ENDS):
        assert restarts.delay_seconds(1) is not None
        assert restarts.delay_seconds(LONG) == 0
