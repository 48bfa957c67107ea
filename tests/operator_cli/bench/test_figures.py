"""What is made of readings."""

from __future__ import annotations

import pytest

from operator_cli.bench.figures import Readings, percentile, ratio


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        pytest.param([7.0], 95, 7.0, id="one reading is all of it"),
        pytest.param([3, 1, 2, 4], 50, 2, id="the lower of two middle ones"),
        pytest.param(list(range(1, 101)), 95, 95, id="of a hundred"),
        pytest.param(list(range(1, 21)), 95, 19, id="of twenty, one may be above"),
        pytest.param([1, 2, 9, 3, 4], 95, 9, id="of few, the largest"),
        pytest.param([2, 1], 0, 1, id="none below"),
    ],
)
def test_percentile(values: list[float], percent: float, expected: float):
    assert percentile(values, percent) == expected


def test_readings_keep_their_order_and_are_rounded():
    told = Readings([2.00049, 1.0, 4.0], "s").as_json()

    assert told == {"median": 2.0, "p95": 4.0, "unit": "s", "readings": 3, "values": [2.0, 1.0, 4.0]}


def test_a_ratio_is_ours_to_the_others():
    assert ratio(1.0, 3.0) == 0.333
