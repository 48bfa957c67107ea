"""After a change of a source file, a second build does not install the packages again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from ..sandbox import Run
from ..submission_path import SubmissionPath
from ..verdict import Failure, FailureCode
from .build_steps import BuildSteps
from .builds import OUTPUT_LIMIT, build_command
from .check import ImageCheck, Workbench
from .installer import Install, Installer, find_install

TAG = "containrlab-rebuilt:latest"


class RebuildReuses(ImageCheck):
    """`touch` gets a new line at its end, and the engine says whether the install came from its cache."""

    kind: Literal["rebuild_reuses"]
    installer: Installer = Installer.PIP
    manifest: SubmissionPath
    touch: SubmissionPath
    timeout_seconds: int = Field(default=120, ge=5, le=900)
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.CACHE_NOT_REUSED,)
    doing: ClassVar[str] = "Changing a source file and building again"

    def run(self, workbench: Workbench) -> Sequence[Failure] | None:
        install = self._find_install(workbench)
        source = workbench.submission.files.get(self.touch)
        if install is None or source is None:
            return None
        steps = BuildSteps()
        workbench.sandbox.write({self.touch: source + b"\n"})
        build = workbench.sandbox.run(
            build_command(workbench.egress, TAG),
            timeout_seconds=self.timeout_seconds,
            output_limit=OUTPUT_LIMIT,
            on_line=steps.take_line,
        )
        workbench.sandbox.write({self.touch: source})
        parsed = workbench.submission.dockerfile
        assert parsed is not None  # noqa: S101 - an install was found in it
        if build.succeeded and steps.was_reused(parsed, install.instruction):
            return ()
        return (self._not_reused(install, build),)

    def _find_install(self, workbench: Workbench) -> Install | None:
        parsed = workbench.submission.dockerfile
        stages = parsed.stages if parsed else ()
        found = (
            find_install(stage.instructions, self.installer, self.manifest) for stage in reversed(stages)
        )
        return next((install for install in found if install is not None), None)

    def _not_reused(self, install: Install, build: Run) -> Failure:
        line = install.instruction.line
        ending = "" if build.succeeded else " The second build did not even end well."
        return self.failure(
            FailureCode.CACHE_NOT_REUSED,
            f"After one change in {self.touch} the engine ran line {line} again and installed all packages, "
            f"although {self.manifest} had not changed.{ending}",
            f"The engine reuses a step only while everything above it is unchanged: {self.touch} must be "
            f"copied below line {line}, not above.",
        )
