"""The instructions stand in the order that lets the engine reuse the layer of installed packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..parsed_dockerfile import Instruction, ParsedDockerfile
from ..submission import Submission
from ..submission_path import SubmissionPath
from ..verdict import Failure, FailureCode
from .check import Check
from .context_copy import brings, copies
from .installer import Install, Installer, find_install


class LayerOrder(Check):
    """First `manifest` is copied, then pip installs what it lists, and only then `source` is copied."""

    kind: Literal["layer_order"]
    manifest: SubmissionPath
    source: SubmissionPath
    codes: ClassVar[tuple[FailureCode, ...]] = (
        FailureCode.PIP_INSTALL_MISSING,
        FailureCode.COPY_REQUIREMENTS_MISSING,
        FailureCode.COPY_SOURCE_MISSING,
        FailureCode.LAYER_ORDER_INCORRECT,
    )

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None:
            return None
        lineage, install = self._find_install(parsed)
        source = next((one for one in lineage if copies(one, self.source)), None)
        failures = []
        if install is None:
            failures.append(self._no_install())
        elif source is not None and source.line < install.instruction.line:
            return (self._wrong_order(source, install),)
        elif not any(brings(one, self.manifest) for one in _until(lineage, install)):
            failures.append(self._no_manifest(install))
        if source is None and not _any_copies(parsed, self.source):
            failures.append(self._no_source())
        return failures

    def _find_install(self, parsed: ParsedDockerfile) -> tuple[tuple[Instruction, ...], Install | None]:
        """The instructions that lead to the install, and the install; without one, those of the image."""
        for stage in reversed(parsed.stages):
            lineage = parsed.lineage(stage)
            install = find_install(lineage, Installer.PIP, self.manifest)
            if install is not None:
                return lineage, install
        return parsed.lineage(parsed.final), None

    def _no_install(self) -> Failure:
        return self.failure(
            FailureCode.PIP_INSTALL_MISSING,
            f"No RUN instruction of your Dockerfile installs what {self.manifest} lists.",
            f"Add a RUN instruction with: pip install -r {self.manifest}",
        )

    def _no_manifest(self, install: Install) -> Failure:
        line = install.instruction.line
        return self.failure(
            FailureCode.COPY_REQUIREMENTS_MISSING,
            f"Line {line} installs from {self.manifest}, but no COPY above it brings that file in.",
            f"Above line {line}, copy {self.manifest}, and nothing else yet.",
        )

    def _no_source(self) -> Failure:
        return self.failure(
            FailureCode.COPY_SOURCE_MISSING,
            f"No COPY of your Dockerfile brings {self.source} into the image.",
            f"After the install, copy {self.source} too.",
        )

    def _wrong_order(self, source: Instruction, install: Install) -> Failure:
        return self.failure(
            FailureCode.LAYER_ORDER_INCORRECT,
            f"Line {source.line} copies {self.source} before line {install.instruction.line} installs the "
            f"packages. Every change of {self.source} then makes the engine install them all again.",
            f"Copy {self.manifest} alone, then install, and copy the rest after that.",
        )


def _until(lineage: Sequence[Instruction], install: Install) -> Sequence[Instruction]:
    """What stands above the install, and the install itself, which may mount what it needs."""
    return lineage[: lineage.index(install.instruction) + 1]


def _any_copies(parsed: ParsedDockerfile, path: str) -> bool:
    return any(copies(one, path) for stage in parsed.stages for one in stage.instructions)
