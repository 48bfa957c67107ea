"""No cell of a table is read as a formula, or as another cell."""

from __future__ import annotations

import csv
import io

import pytest

from course_service.csv_table import to_csv


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_would_be_a_formula_is_text(first):
    (cells,) = csv.reader(io.StringIO(to_csv([[f"{first}1+1", "a=1"]]), newline=""))
    assert cells == [f"'{first}1+1", "a=1"]


def test_no_cell_can_begin_another():
    hostile = 'a","=1+1"\r\n=2+2,'
    rows = list(csv.reader(io.StringIO(to_csv([[hostile, 7], ["next", None]]), newline="")))
    assert rows == [[hostile, "7"], ["next", ""]]


def test_truths_numbers_and_nothing_have_one_spelling():
    assert to_csv([[True, False, 0, -1, None, ""]]) == "true,false,0,-1,,\r\n"
