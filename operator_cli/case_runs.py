"""A lab's cases judged on fresh sandboxes, several at once and each more than once, and how each came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

from course_service.catalogue import Lab
from course_service.judge import not_graded
from course_service.lab_cases import LabCase
from course_service.verdict import CheckStatus, FailureCode, JudgeResult
from spawner.errors import SpawnerError

from .progress import Progress

CaseJudge = Callable[[Lab, LabCase], JudgeResult]
"""Judges a case on a sandbox of its own."""


@dataclass(frozen=True)
class CaseRun:
    """One verdict on a case, and the seconds that it took, from before the sandbox to after it."""

    result: JudgeResult
    seconds: float

    @property
    def codes(self) -> tuple[FailureCode, ...]:
        """The codes that it got, each once, in alphabetical order."""
        return _ordered(failure.code for failure in self.result.failures)


@dataclass(frozen=True)
class CaseOutcome:
    """A case and all verdicts on it."""

    lab: Lab
    case: LabCase
    runs: tuple[CaseRun, ...]

    @property
    def expected(self) -> tuple[FailureCode, ...]:
        """The codes that it must get, in alphabetical order; none where it must pass."""
        return _ordered(self.case.codes)

    @property
    def is_as_expected(self) -> bool:
        """True where every run was graded and got exactly the expected codes."""
        return all(run.result.graded and self.is_right(run) for run in self.runs)

    @property
    def is_wrong(self) -> bool:
        """True where a run that was graded got something else."""
        return any(run.result.graded and not self.is_right(run) for run in self.runs)

    def is_right(self, run: CaseRun) -> bool:
        """True where a graded run got what is expected."""
        return run.codes == self.expected and run.result.passed == (not self.expected)

    @property
    def problems(self) -> tuple[str, ...]:
        """What was not as expected, in sentences, each once."""
        return tuple(dict.fromkeys(problem for run in self.runs for problem in self._problems(run)))

    def _problems(self, run: CaseRun) -> Iterator[str]:
        if not run.result.graded:
            yield f"not graded: {run.result.notes.fault}"
            return
        for failure in run.result.failures:
            if failure.code not in self.expected:
                yield f"got {failure.code}: {failure.message}"
        for code in self.expected:
            if code not in run.codes:
                yield f"did not get {code}"
        if not self.expected:
            for check in run.result.checks:
                if check.status is CheckStatus.NOT_RUN:
                    yield f"was not asked: {check.title}"


def run_cases(
    cases: Sequence[tuple[Lab, LabCase]], judge_case: CaseJudge, *, times: int, jobs: int, progress: Progress
) -> list[CaseOutcome]:
    """Judge every case `times` times, at most `jobs` at once; in the order given.

    A sandbox that cannot be started makes a run that is not graded. An interruption waits for the runs that
    have begun, so that their sandboxes are removed, and begins no other.
    """
    runs: list[list[CaseRun]] = [[] for _ in cases]
    executor = ThreadPoolExecutor(jobs)
    try:
        # Every case once, then every case again: what disturbs a moment does not disturb one case twice.
        futures = {
            executor.submit(_run, *cases[place], judge_case, progress): place
            for _ in range(times)
            for place in range(len(cases))
        }
        for done, future in enumerate(as_completed(futures), start=1):
            place = futures[future]
            runs[place].append(future.result())
            _report(
                CaseOutcome(*cases[place], tuple(runs[place][-1:])), f"{done} of {len(futures)}", progress
            )
    except KeyboardInterrupt:
        progress.say("Stopping as soon as the sandboxes in use are removed")
        raise
    finally:
        executor.shutdown(cancel_futures=True)
    return [CaseOutcome(*case, tuple(ran)) for case, ran in zip(cases, runs, strict=True)]


def describe(codes: Sequence[FailureCode]) -> str:
    """Codes as one reads them."""
    return ", ".join(codes) or "passes"


def _run(lab: Lab, case: LabCase, judge_case: CaseJudge, progress: Progress) -> CaseRun:
    progress.update(f"{lab.slug} {case.name}")
    started = time.monotonic()
    try:
        result = judge_case(lab, case)
    except SpawnerError as error:
        result = not_graded(lab, case.submission, str(error))
    return CaseRun(result, time.monotonic() - started)


def _report(outcome: CaseOutcome, count: str, progress: Progress) -> None:
    name = f"{count}: {outcome.lab.slug} {outcome.case.name}"
    (run,) = outcome.runs
    if not run.result.graded:
        progress.warn(f"{name}: {', '.join(outcome.problems)}")
    elif outcome.is_right(run):
        progress.say(f"{name}: {describe(run.codes)}, as expected ({run.seconds:.1f} s)")
    else:
        progress.warn(f"{name}: {'; '.join(outcome.problems)} ({run.seconds:.1f} s)")


def _ordered(codes: Iterator[FailureCode] | Sequence[FailureCode]) -> tuple[FailureCode, ...]:
    return tuple(sorted(set(codes)))
