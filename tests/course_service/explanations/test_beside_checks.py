"""A failed build has the check's own words already: an explanation fits them, and adds to them."""

from __future__ import annotations

import re

import pytest

from course_service.checks.build_error import explain_build_failure
from course_service.explanations.all_families import FAMILIES
from course_service.log_explanations import explain_log
from course_service.sandbox import Run
from course_service.verdict import Failure
from tests.course_service.explanations.produce_logs import LOGS, SCENARIOS
from tests.course_service.explanations.scenario import NOTHING

FAILED_BUILDS = [
    scenario.name
    for scenario in SCENARIOS.values()
    if scenario.script is None and scenario.expected != NOTHING
]
ENTRIES = {entry.name: entry for family in FAMILIES for entry in family.entries}
SAME_WORDS = 5
"""As many words in a row that both say are a repetition."""


def read_log(name: str) -> str:
    return (LOGS / f"{name}.log").read_text(encoding="utf-8")


def judge(log: str) -> Failure:
    run = Run(exit_code=1, output=log)
    return explain_build_failure(
        run, time_limit=60, output_limit=1024, base_images=["python:3.13-slim"], met_memory_limit=False
    )


@pytest.mark.parametrize("name", FAILED_BUILDS)
def test_the_checks_message_and_code_lead_to_the_same_explanation(name: str):
    log = read_log(name)
    failure = judge(log)
    explanations = explain_log([*log.splitlines(), failure.message], failure.code)
    assert explanations[0].name == SCENARIOS[name].expected


@pytest.mark.parametrize("name", FAILED_BUILDS)
def test_an_explanation_does_not_repeat_the_check(name: str):
    failure = judge(read_log(name))
    entry = ENTRIES[SCENARIOS[name].expected]
    said = runs_of_words(failure.message) | runs_of_words(failure.hint)
    assert said & (runs_of_words(entry.cause) | runs_of_words(entry.next_step)) == set()


def runs_of_words(text: str) -> set[str]:
    words = re.findall(r"[\w./-]+", text.lower())
    return {" ".join(words[start : start + SAME_WORDS]) for start in range(len(words) - SAME_WORDS + 1)}
