"""A lab's cases are judged as often as asked, so many at once, and nothing of what came out is lost."""

from __future__ import annotations

import io
import threading

import pytest

from course_service.catalogue import Lab, load_catalogue
from course_service.judge import judge
from course_service.lab_cases import LabCase, lab_cases
from course_service.verdict import FailureCode, JudgeResult
from hub_config.settings import ROOT
from operator_cli.case_runs import CaseOutcome, run_cases
from operator_cli.progress import Progress
from spawner.errors import EngineUnavailable
from tests.course_service.sandbox_stand_ins import BuildFailingSandbox, VanishingSandbox, WillingSandbox

LAB = load_catalogue(ROOT / "lab_notebooks").find("lab1")
SOLUTION, *_ = CASES = [(LAB, case) for case in lab_cases(LAB)]
UNBUILDABLE = (LAB, LabCase("unbuildable", SOLUTION[1].submission, (FailureCode.DOCKER_BUILD_FAILED,)))


class Judge:
    """Judges on a stand-in, and counts how many do at once."""

    def __init__(self, sandbox: WillingSandbox) -> None:
        self.most_at_once = 0
        self.judged: list[str] = []
        self._sandbox = sandbox
        self._at_once = 0
        self._lock = threading.Lock()

    def __call__(self, lab: Lab, case: LabCase) -> JudgeResult:
        with self._lock:
            self.judged.append(case.name)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return judge(lab, case.submission, self._sandbox.open, lambda _: None)
        finally:
            with self._lock:
                self._at_once -= 1


class MeetingJudge(Judge):
    """Returns only when two cases are judged at one time."""

    def __init__(self) -> None:
        super().__init__(WillingSandbox())
        self._barrier = threading.Barrier(2)

    def __call__(self, lab: Lab, case: LabCase) -> JudgeResult:
        self._barrier.wait(20)
        return super().__call__(lab, case)


def outcome_of(case: tuple[Lab, LabCase], sandbox: WillingSandbox, progress: Progress) -> CaseOutcome:
    """The outcome of one case, judged twice on the stand-in."""
    (outcome,) = run_cases([case], Judge(sandbox), times=2, jobs=2, progress=progress)
    return outcome


def test_every_case_is_judged_as_often_as_asked_and_reported_in_order(progress):
    judged = Judge(WillingSandbox())
    outcomes = run_cases(CASES, judged, times=3, jobs=1, progress=progress)
    assert [outcome.case.name for outcome in outcomes] == [case.name for _, case in CASES]
    assert [len(outcome.runs) for outcome in outcomes] == [3] * len(CASES)
    assert judged.judged == [case.name for _, case in CASES] * 3
    assert judged.most_at_once == 1


def test_as_many_are_judged_at_once_as_asked(progress):
    (outcome,) = run_cases([SOLUTION], MeetingJudge(), times=2, jobs=2, progress=progress)
    assert outcome.is_as_expected


def test_a_solution_that_passes_is_as_expected(progress):
    outcome = outcome_of(SOLUTION, WillingSandbox(), progress)
    assert outcome.is_as_expected
    assert outcome.problems == ()


def test_a_solution_that_fails_says_with_what(progress):
    outcome = outcome_of(SOLUTION, BuildFailingSandbox(), progress)
    assert outcome.is_wrong
    assert [problem.partition(":")[0] for problem in outcome.problems] == [
        "got docker_build_failed",
        "was not asked",
        "was not asked",
    ]


def test_a_mutant_with_exactly_its_codes_is_as_expected(progress):
    assert outcome_of(UNBUILDABLE, BuildFailingSandbox(), progress).is_as_expected


def test_a_mutant_that_passes_is_not_as_expected(progress):
    outcome = outcome_of(UNBUILDABLE, WillingSandbox(), progress)
    assert outcome.is_wrong
    assert outcome.problems == ("did not get docker_build_failed",)


def test_a_mutant_with_one_code_more_is_not_as_expected(progress):
    codes = (FailureCode.DOCKER_BUILD_FAILED, FailureCode.DOCKERIGNORE_MISSING)
    case = LabCase("both", SOLUTION[1].submission, codes)
    assert outcome_of((LAB, case), BuildFailingSandbox(), progress).problems == (
        "did not get dockerignore_missing",
    )


def refuse(lab: Lab, case: LabCase) -> JudgeResult:
    raise EngineUnavailable("nothing answers")


@pytest.mark.parametrize("judge_case", [refuse, Judge(VanishingSandbox())], ids=["not started", "lost"])
def test_a_fault_of_ours_is_neither_right_nor_wrong(progress, judge_case):
    (outcome,) = run_cases([UNBUILDABLE], judge_case, times=2, jobs=1, progress=progress)
    assert not outcome.is_as_expected
    assert not outcome.is_wrong
    assert outcome.problems[0].startswith("not graded: ")


def test_an_interruption_begins_no_other_case(progress, told: io.StringIO):
    judged = []

    def interrupt(lab: Lab, case: LabCase) -> JudgeResult:
        judged.append(case.name)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cases(CASES, interrupt, times=2, jobs=1, progress=progress)
    assert len(judged) < len(CASES)
    assert "Stopping as soon as the sandboxes in use are removed" in told.getvalue()


def test_progress_says_which_case_and_how_many_are_done(progress, told: io.StringIO):
    run_cases([SOLUTION, UNBUILDABLE], Judge(BuildFailingSandbox()), times=1, jobs=1, progress=progress)
    lines = told.getvalue().splitlines()
    assert lines[0] == "  lab1 solution"
    assert any(line.startswith("warning: 1 of 2: lab1 solution: got docker_build_failed") for line in lines)
    assert any(
        line.startswith("2 of 2: lab1 unbuildable: docker_build_failed, as expected") for line in lines
    )
