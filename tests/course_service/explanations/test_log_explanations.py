"""Logs that were really produced are explained by the entry that fits, and nothing else is explained."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_service.explanations.entry import LONGEST_NAME
from course_service.log_explanations import LONGEST_SHOWN_LINE, MOST_EXPLANATIONS, explain_log
from course_service.verdict import FailureCode
from tests.course_service.explanations.produce_logs import LOGS, SCENARIOS
from tests.course_service.explanations.scenario import NOTHING

HOSTILE = {
    "one line": "a" * 200_000,
    "words of patterns": 'ERROR: failed to solve: process "' * 6_000,
    "lines of such words": ('ERROR: failed to solve: process "' * 60 + "\n") * 100,
    "half a traceback": "Traceback (most recent call last):\n" + '  File "x", line 1\n' * 10_000,
    "tracebacks": "Traceback (most recent call last):\n" * 6_000,
    "node's frames": "Error: x\n" + "    at x\n" * 20_000,
    "marked lines": "   2 | >>> COPY --from=a b\n" * 8_000,
    "quotations": "------\n > [1/1] RUN x:\n0.1 y\n" * 7_000,
    "steps": "".join(f"#{number} DONE\n#{number} 0.1 x\n" for number in range(10_000)),
    "blank lines": "\n" * 200_000,
    "escapes": "\x1b[31m\x1b]0;" * 20_000,
    "retries": "WARNING: Retrying " * 11_000,
    "retries in lines": ("WARNING: Retrying x" + " after connection broken by " * 60 + "\n") * 110,
    "colons": "/bin/sh: 1: " + "x:" * 100_000,
}


def read_log(name: str) -> list[str]:
    return (LOGS / f"{name}.log").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", SCENARIOS)
def test_produced_log_is_explained_by_the_entry_that_fits(name: str):
    expected = SCENARIOS[name].expected
    explanations = explain_log(read_log(name))
    assert [one.name for one in explanations][:1] == ([] if expected == NOTHING else [expected])


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_explanation_shows_the_line_that_it_recognised(name: str):
    lines = read_log(name)
    for one in explain_log(lines):
        assert any(one.line[:100] in line for line in lines)
        assert len(one.line) <= LONGEST_SHOWN_LINE


def test_a_cause_comes_before_its_consequences():
    names = [one.name for one in explain_log(read_log("pip-no-compiler"))]
    assert names == ["pip-no-compiler", "pip-subprocess", "command-failed"]


def test_of_two_causes_the_earlier_one_is_told_first():
    names = [one.name for one in explain_log(read_log("no-network"))]
    assert names[:2] == ["no-network", "apt-package-unknown"]


def test_a_line_is_explained_once():
    lines = [one.line for one in explain_log(read_log("copy-from-unknown-stage"))]
    assert len(set(lines)) == len(lines) == 1


def test_a_name_in_the_log_is_told():
    (first, *_) = explain_log(read_log("copy-not-in-context"))
    assert "`requirement.txt` was not in what was sent" in first.cause


def test_the_failures_message_may_be_all_there_is():
    message = (
        "The image builds, but a container of it does not start. The engine says: failed to create task: "
        'unable to start container process: exec: "pyhton": executable file not found in $PATH: unknown.'
    )
    assert [one.name for one in explain_log([message])] == ["program-not-in-image"]


@pytest.mark.parametrize(("exit_code", "name"), [(0, "exited-0"), (137, "exited-137"), (143, "exited-143")])
def test_an_exit_code_in_the_checks_message_is_explained(exit_code: int, name: str):
    # As checks/serves_http.py has it.
    message = f"The container started and ended at once, with exit code {exit_code}. It printed nothing."
    assert [one.name for one in explain_log([message], FailureCode.DOCKER_RUN_FAILED)] == [name]


def test_the_part_of_a_log_that_a_learner_pasted_is_enough():
    whole = read_log("python-no-module")
    assert [one.name for one in explain_log(whole[-1:])] == ["python-no-module"]
    quoted = [" > [4/4] RUN pip install -r requirements.txt:", "0.9 ERROR: Cannot find command 'git' - do"]
    assert [one.name for one in explain_log(["------", *quoted, "------"])] == ["pip-needs-git"]
    step = ["#8 0.9 ERROR: Cannot find command 'git' - do"]
    assert [one.name for one in explain_log(step)] == ["pip-needs-git"]


def test_an_entry_is_told_of_the_codes_that_it_fits():
    log = read_log("listens-on-loopback")
    assert explain_log(log, FailureCode.HEALTHCHECK_FAILED)[0].name == "listens-on-loopback"
    assert explain_log(log, FailureCode.IMAGE_TOO_LARGE) == ()


def test_a_name_is_cut_and_cannot_end_its_quotation():
    name = "x`**<b>" + "y" * 100
    (first, *_) = explain_log([f"FileNotFoundError: [Errno 2] No such file or directory: '{name}'"])
    assert f"`{name.replace('`', chr(39))[:LONGEST_NAME]}…`" in first.cause


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=2000))
def test_random_text_is_not_explained(text: str):
    assert explain_log(text.splitlines()) == ()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SCENARIOS)), st.data())
def test_a_damaged_log_is_read_without_an_error(name: str, data: st.DataObject):
    text = "\n".join(read_log(name))
    start, end = sorted((data.draw(st.integers(0, len(text))), data.draw(st.integers(0, len(text)))))
    inserted = data.draw(st.text(max_size=30))
    assert len(explain_log([text[:start] + inserted + text[end:]])) <= MOST_EXPLANATIONS


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_work_grows_with_a_hostile_log_no_faster_than_its_length(text: str):
    quarter = measure(lambda: explain_log(text[: len(text) // 4].split("\n")))
    whole = measure(lambda: explain_log(text.split("\n")))
    assert whole < 12 * quarter + 0.1  # were it the square, it would be 16 times


def measure(work: Callable[[], object]) -> float:
    """Seconds of this process's own processor time: other processes are not counted."""
    began = time.process_time()
    work()
    return time.process_time() - began
