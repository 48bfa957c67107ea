"""Variables filled in as the engine does it, and within bounds."""

from __future__ import annotations

import time

import pytest

from course_service.dockerfile_variables import VariablesTooLarge, expand

KNOWN = {"A": "1", "EMPTY": "", "LONG_NAME": "x/y"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("$A", "1"),
        ("${A}b", "1b"),
        ("$LONG_NAME.txt", "x/y.txt"),
        ("$OTHER ${OTHER}", "$OTHER ${OTHER}"),
        (r"\$A", r"\$A"),
        ("${A:-d}", "1"),
        ("${OTHER:-d}", "d"),
        ("${OTHER-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${EMPTY}", ""),
        ("${A:+d}", "d"),
        ("${A+d}", "d"),
        ("${EMPTY+d}", "d"),
        ("${EMPTY:+d}", ""),
        ("${OTHER:+d}", ""),
        ("${OTHER:-}", ""),
        ("${OTHER:-$A}", "1"),
        ("${OTHER:-${A}/z}", "1/z"),
        pytest.param("${A", "${A", id="never closed"),
        pytest.param("${A?x} ${A#x} $(A) $", "${A?x} ${A#x} $(A) $", id="what we do not know"),
        pytest.param("$é", "$é", id="names are ASCII"),
    ],
)
def test_known_variables_are_filled_in(text, expected):
    assert expand(text, KNOWN) == expected


def test_values_are_not_filled_in_again():
    assert expand("$A", {"A": "$B", "B": "$A"}) == "$B"


def test_growth_has_a_limit():
    with pytest.raises(VariablesTooLarge):
        expand("$A" * 100, {"A": "x" * 100}, most_growth=1000)


@pytest.mark.parametrize(
    "part", ["${a-", "${a-$b", "${a-${b}", "${a", "$", "$b", "${a:-x", "${a-${", "\\$", "${a-$bbbb${"]
)
def test_the_time_is_in_proportion_to_the_text(part):
    started = time.process_time()
    expand(part * (64_000 // len(part)), {})
    expand("${a-" + part * (64_000 // len(part)), {})
    assert time.process_time() - started < 1
