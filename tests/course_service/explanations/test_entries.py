"""What every entry keeps to, whatever it recognises."""

from __future__ import annotations

import re
from re import _constants, _parser
from string import Formatter

import pytest

from course_service.explanations.all_families import FAMILIES
from course_service.explanations.entry import LONGEST_NAME, Entry, quote_name
from tests.course_service.explanations.produce_logs import LOGS, SCENARIOS
from tests.course_service.explanations.scenario import NOTHING

ENTRIES = {entry.name: entry for family in FAMILIES for entry in family.entries}
MOST_STEPS = 40_000
"""The most that the bounds of repeats within one another may come to: some lines of a log."""
PUBLIC_PLACES = {
    "0.0.0.0",
    "127.0.0.1",
    "deb.debian.org",
    "example.org",
    "files.pythonhosted.org",
    "github.com",
    "pip.pypa.io",
    "registry-1.docker.io",
    "registry.npmjs.org",
}
REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}


def test_names_are_told_once():
    assert len(ENTRIES) == sum(len(family.entries) for family in FAMILIES)


def test_every_entry_has_a_log_that_was_produced():
    assert {scenario.expected for scenario in SCENARIOS.values()} - {NOTHING} == set(ENTRIES)


def test_every_log_has_what_produces_it():
    assert {path.stem for path in LOGS.glob("*.log")} == set(SCENARIOS)


def test_logs_name_nothing_of_the_machine_that_made_them():
    text = "".join(path.read_text(encoding="utf-8") for path in LOGS.glob("*.log"))
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= PUBLIC_PLACES
    assert re.findall(r"\b10\.\d+\.\d+\.\d+\b", text) == []


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_pattern_captures_what_is_told_and_nothing_else(entry: Entry):
    told = {
        name for text in (entry.cause, entry.next_step) for _, name, _, _ in Formatter().parse(text) if name
    }
    assert told == set(entry.pattern.groupindex)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_work_of_a_pattern_is_bounded_at_each_place_of_a_log(entry: Entry):
    assert count_steps(_parser.parse(entry.pattern.pattern, entry.pattern.flags)) <= MOST_STEPS


def test_a_pattern_without_a_bound_is_seen():
    assert count_steps(_parser.parse("a*", re.M)) > MOST_STEPS
    assert count_steps(_parser.parse("(?:a{0,300}b{0,300}){0,300}", re.M)) > MOST_STEPS


def count_steps(parsed: object) -> int:
    """The largest product of the upper bounds of repeats that are within one another."""
    if isinstance(parsed, tuple) and parsed and parsed[0] in REPEATS:
        _, most, body = parsed[1]
        return int(most) * count_steps(body)
    if isinstance(parsed, (tuple, list, _parser.SubPattern)):
        return max((count_steps(part) for part in parsed), default=1)
    return 1


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_an_explanation_teaches_and_is_short(entry: Entry):
    for text in (entry.cause, entry.next_step):
        assert text.endswith((".", "?"))
        assert len(text) <= 420
        assert text.count("`") % 2 == 0
        assert "{" not in "".join(text.split("`")[1::2])  # a name is a quotation of its own


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("app.py", "`app.py`"),
        ("a`b", "`a'b`"),
        ("a\x1b[31m\u202eb\n c", "`ab c`"),
        ("<img src=x>", "`<img src=x>`"),
        ("{cause}", "`{cause}`"),
        ("12", "12"),
        ("", "`…`"),
        ("x" * 500, f"`{'x' * LONGEST_NAME}…`"),
    ],
)
def test_a_name_from_a_log_stays_a_quotation(text: str, shown: str):
    assert quote_name(text) == shown
