"""After a change of a source file, a second build does not install the packages again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from ..parsed_dockerfile import ParsedDockerfile
from ..sandbox import Run
from ..submission_path import SubmissionPath
from ..verdict import Failure, FailureCode
from .build_steps import BuildSteps
from .builds import OUTPUT_LIMIT, build_command, explain_failed_build
from .check import RUNNING_CODES, ImageCheck, Workbench
from .installer import Install, Installer, find_installs

TAG = "containrlab-rebuilt:latest"


class RebuildReuses(ImageCheck):
    """`touch` gets a new line at its end, and the engine says whether each install came from its cache.

    It cannot tell where nothing is installed, or where the submission has no file `touch`.
    """

    kind: Literal["rebuild_reuses"]
    installer: Installer = Installer.PIP
    manifest: SubmissionPath
    touch: SubmissionPath
    timeout_seconds: int = Field(default=120, ge=5, le=900)
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.CACHE_NOT_REUSED, *RUNNING_CODES)
    doing: ClassVar[str] = "Changing a source file and building again"

    def run(self, workbench: Workbench) -> Sequence[Failure] | None:
        parsed = workbench.submission.dockerfile
        if parsed is None or self.touch not in workbench.submission.files:
            return None
        installs = self._find_installs(parsed)
        if not installs:
            return None
        steps = BuildSteps()
        build = self._build_again(workbench, steps)
        failure = None if build.succeeded else self._build_failed(workbench, build)
        # An install of a stage that equals another has no step of its own: None.
        reused = [steps.was_reused(parsed, install.instruction) for install in installs]
        if False in reused:
            return (self._not_reused(installs[reused.index(False)]),)
        if failure is not None:
            return (failure,)
        return () if True in reused else None

    def _find_installs(self, parsed: ParsedDockerfile) -> list[Install]:
        instructions = (one for stage in parsed.needed for one in stage.instructions)
        return find_installs(instructions, self.installer, self.manifest)

    def _build_again(self, workbench: Workbench, steps: BuildSteps) -> Run:
        source = workbench.submission.files[self.touch]
        executables = workbench.submission.executables & {self.touch}
        workbench.sandbox.write({self.touch: source + b"\n"}, executables=executables)
        build = workbench.sandbox.run(
            build_command(workbench.egress, TAG),
            timeout_seconds=self.timeout_seconds,
            output_limit=OUTPUT_LIMIT,
            on_line=steps.take_line,
        )
        workbench.sandbox.write({self.touch: source}, executables=executables)
        return build

    def _build_failed(self, workbench: Workbench, build: Run) -> Failure:
        failure = explain_failed_build(workbench, build, time_limit=self.timeout_seconds)
        message = f"The first build went well; one after a change in {self.touch} did not. {failure.message}"
        return self.failure(failure.code, message, failure.hint)

    def _not_reused(self, install: Install) -> Failure:
        line = install.instruction.line
        return self.failure(
            FailureCode.CACHE_NOT_REUSED,
            f"After one change in {self.touch} the engine ran line {line} again and installed all packages, "
            f"although {self.manifest} had not changed.",
            f"The engine reuses a step only while everything above it is unchanged: {self.touch} must be "
            f"copied below line {line}, not above.",
        )
