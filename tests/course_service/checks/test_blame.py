"""A sandbox that a submission used up is the learner's failure; one that broke by itself is not."""

from __future__ import annotations

import pytest

from course_service.checks.blame import blame_submission
from course_service.checks.check import Workbench
from course_service.checks.command_output import CommandOutput
from course_service.submission import Submission
from course_service.verdict import BuiltImage
from spawner.session_policy import Egress
from tests.course_service.sandbox_stand_ins import WillingSandbox


class UsedUpSandbox(WillingSandbox):
    """The kernel has counted what met a limit."""

    def __init__(self, *, processes: bool = False, memory: bool = False) -> None:
        super().__init__()
        self._processes = processes
        self._memory = memory

    def met_process_limit(self) -> bool:
        return self._processes

    def met_memory_limit(self) -> bool:
        return self._memory


@pytest.mark.parametrize(
    ("limits", "is_built", "code"),
    [
        ({}, True, None),
        ({"processes": True}, True, "docker_run_failed"),
        ({"processes": True}, False, "docker_build_failed"),
        ({"memory": True}, True, "out_of_memory"),
        ({"memory": True, "processes": True}, True, "docker_run_failed"),
    ],
)
def test_a_limit_that_was_met_is_the_submissions(limits, is_built, code):
    bench = Workbench(UsedUpSandbox(**limits), Submission({}), Egress.NONE, (), lambda _: None)
    bench.image = BuiltImage(tag="t", digest="d", layers=()) if is_built else None
    failure = blame_submission(CommandOutput(kind="command_output", title="t"), bench)
    assert (failure and failure.code) == code
