"""An engine that has gone, and a disk without room, are told from a program that only says so."""

from __future__ import annotations

import pytest

from course_service.checks.engine_life import find_refusal, has_full_disk, lost_its_engine
from course_service.sandbox import ENGINE_LOST, Run


class AnsweringSandbox:
    """Answers each command with the next of its answers."""

    def __init__(self, *answers: Run) -> None:
        self.answers = list(answers)

    def run(self, argv: list[str], **_: object) -> Run:
        return self.answers.pop(0)


@pytest.mark.parametrize(
    ("output", "answers", "is_lost"),
    [
        (ENGINE_LOST, [Run(1, "")], True),
        pytest.param(ENGINE_LOST, [Run(0, "")], False, id="a program's words"),
        pytest.param("something else", [], False, id="not asked without need"),
    ],
)
def test_an_engine_is_lost_only_when_it_does_not_answer(output, answers, is_lost):
    assert lost_its_engine(AnsweringSandbox(*answers), Run(1, output)) is is_lost


@pytest.mark.parametrize(
    ("output", "refusal"),
    [
        ("docker: Error response from daemon: no such signal\nSee 'docker run --help'\n", "no such signal"),
        pytest.param("Cannot connect to the Docker daemon at unix://x\n", None, id="the engine has gone"),
        pytest.param("timeout: fork system call failed: Resource temporarily unavailable\n", None, id="full"),
        ("", None),
    ],
)
def test_only_the_engines_own_no_is_a_refusal(output, refusal):
    found = find_refusal(Run(125, output))
    assert found is None if refusal is None else found.endswith(f": {refusal}")


@pytest.mark.parametrize(
    ("output", "is_full"),
    [
        ("  Avail  IFree\n965000 100000\n", False),
        ("  Avail  IFree\n     0 100000\n", True),
        ("  Avail  IFree\n965000      0\n", True),
        pytest.param("df: /engine: No such file\n", False, id="not told"),
        pytest.param("  Avail IFree\n965000     -\n", False, id="a file system that counts no files"),
    ],
)
def test_a_disk_is_full_without_room_for_bytes_or_files(output, is_full):
    assert has_full_disk(AnsweringSandbox(Run(0, output))) is is_full
