"""From a submission to a verdict: runs a lab's checks in order. All effects are the sandbox's.

What the files alone tell is asked first; a sandbox is started only if there is a Dockerfile to build. Then
every check that can run does run, so that a learner sees at once all that is wrong.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from hub_config.settings import Settings

from .catalogue import Lab, load_catalogue
from .checks.blame import blame_submission
from .checks.check import Check, Workbench
from .errors import SandboxFault
from .progress import ProgressListener
from .sandbox import Sandbox
from .sandbox_life import open_sandbox
from .submission import DOCKERFILE, Submission, read_folder
from .verdict import CheckResult, CheckStatus, Evidence, Failure, FailureCode, JudgeResult, Metrics, Notes

log = logging.getLogger(__name__)

SandboxFactory = Callable[[], AbstractContextManager[Sandbox]]


def judge_folder(settings: Settings, slug: str, folder: Path, on_progress: ProgressListener) -> JudgeResult:
    """Judge a local folder as the service judges a submission, without a hub and without storing it.

    `on_progress` is called with the data of the `progress` events of docs/interfaces.md. Raises
    `LabNotFound`, `CatalogueError`, `SubmissionRejected`, and of ``spawner.errors`` what keeps a sandbox from
    starting.
    """
    lab = load_catalogue(settings.labs_dir).find(slug)
    submission = read_folder(folder, lab.description.submission.exclude)
    return judge(lab, submission, sandbox_factory(settings, lab, "operator"), on_progress)


def sandbox_factory(settings: Settings, lab: Lab, owner: str, name: str | None = None) -> SandboxFactory:
    """What opens the sandbox that `lab` is judged in."""
    return lambda: open_sandbox(settings, lab.description.egress, owner, name=name)


def judge(
    lab: Lab, submission: Submission, open_one: SandboxFactory, on_progress: ProgressListener
) -> JudgeResult:
    """Run the lab's checks on the submission; a fault of ours makes a result that is not graded."""
    attempt = _Attempt(lab, submission, on_progress)
    attempt.inspect()
    try:
        if DOCKERFILE in submission.files and attempt.waiting:
            attempt.run(open_one)
    except SandboxFault as fault:
        log.warning("Not graded, lab %s: %s", lab.slug, fault)
        return attempt.result(fault=str(fault))
    return attempt.result()


def not_graded(lab: Lab, submission: Submission, fault: str) -> JudgeResult:
    """The verdict where the judge could not do its work; `fault` is a sentence that learners read."""
    return _Attempt(lab, submission, lambda _: None).result(fault)


@dataclass
class _Attempt:
    lab: Lab
    submission: Submission
    on_progress: ProgressListener
    found: dict[int, Sequence[Failure]] = field(default_factory=dict)
    """By the check's place in the lab; a check that has none was not run."""
    workbench: Workbench | None = None

    @property
    def checks(self) -> Sequence[Check]:
        return self.lab.description.checks

    @property
    def waiting(self) -> list[int]:
        return [place for place in range(len(self.checks)) if place not in self.found]

    def inspect(self) -> None:
        """Settle what the files alone tell."""
        self._say("Looking at your files")
        for place, check in enumerate(self.checks):
            self._settle(place, check.inspect(self.submission))

    def run(self, open_one: SandboxFactory) -> None:
        """Settle the rest in a fresh sandbox."""
        self._say("Starting a clean sandbox")
        started = time.monotonic()
        with open_one() as sandbox:
            sandbox.write(self.submission.files, executables=self.submission.executables)
            description = self.lab.description
            self.workbench = Workbench(
                sandbox=sandbox,
                submission=self.submission,
                egress=description.egress,
                base_images=description.base_images,
                show_log_line=lambda line: self.on_progress({"log": line}),
            )
            for place in self.waiting:
                check = self.checks[place]
                if self.workbench.meets(check.needs):
                    self._say(check.doing)
                    self._settle(place, self._run_check(check, self.workbench))
        log.info("Ran lab %s in a sandbox in %.1f s", self.lab.slug, time.monotonic() - started)

    def _run_check(self, check: Check, workbench: Workbench) -> Sequence[Failure] | None:
        try:
            return check.run(workbench)
        except SandboxFault as fault:
            failure = blame_submission(check, workbench)
            if failure is None:
                raise
            log.info("The submission used up its sandbox, lab %s: %s", self.lab.slug, fault)
            return (failure,)

    def _settle(self, place: int, failures: Sequence[Failure] | None) -> None:
        if failures is not None:
            self.found[place] = failures

    def result(self, fault: str | None = None) -> JudgeResult:
        workbench = self.workbench
        image = workbench.image if workbench else None
        return JudgeResult(
            checks=tuple(
                CheckResult(check.title, self._status(place), check.points)
                for place, check in enumerate(self.checks)
            ),
            failures=() if fault else self._failures(),
            metrics=Metrics(
                build_seconds=workbench.build_seconds if workbench else None,
                image_size=image.size if image else None,
            ),
            notes=Notes(
                build_logs=tuple(workbench.build_log) if workbench else (),
                runtime_logs=tuple(workbench.runtime_log) if workbench else (),
                fault=fault,
            ),
            evidence=Evidence(
                context_digest=self.submission.context_digest,
                lab_version=self.lab.version,
                judge_version=version("containrlab"),
                image_digest=image.digest if image else None,
                layers=image.layers if image else (),
            ),
        )

    def _failures(self) -> tuple[Failure, ...]:
        found = tuple(failure for place in sorted(self.found) for failure in self.found[place])
        if found or not self.waiting:
            return found
        titles = "; ".join(self.checks[place].title for place in self.waiting)
        return (
            Failure(
                FailureCode.SUBMISSION_REJECTED,
                f"Nothing is wrong, but the judge could not tell from your folder: {titles}.",
                "Keep the files that came with the lab under their names, and the Dockerfile below 64 KiB.",
            ),
        )

    def _status(self, place: int) -> CheckStatus:
        if place not in self.found:
            return CheckStatus.NOT_RUN
        return CheckStatus.FAILED if self.found[place] else CheckStatus.PASSED

    def _say(self, message: str) -> None:
        # The sandbox's start is a step of its own.
        started = self.workbench is not None
        self.on_progress(
            {"message": message, "step": len(self.found) + started, "steps": len(self.checks) + 1}
        )
