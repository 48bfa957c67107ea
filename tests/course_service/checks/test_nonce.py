"""The text that nobody can guess."""

from __future__ import annotations

import re

import pytest

from course_service.checks.nonce import fill_nonce, new_nonce


def test_a_nonce_is_sixteen_letters_and_digits_and_never_the_same():
    nonces = {new_nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert all(re.fullmatch(r"[0-9a-z]{16}", nonce) for nonce in nonces)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{nonce}", "N"),
        ("/echo?{nonce}&{nonce}", "/echo?N&N"),
        ("{other}", "{other}"),
        ({"a": "{nonce}", "b": {"c": ["{nonce}", 1]}}, {"a": "N", "b": {"c": ["N", 1]}}),
        ({"{nonce}": 1}, {"{nonce}": 1}),
        (None, None),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_the_placeholder_is_filled_in_wherever_a_text_has_it(value, expected):
    assert fill_nonce(value, "N") == expected
