"""The instructions stand in the order that lets the engine reuse the layer of installed packages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, Literal

from ..parsed_dockerfile import Instruction
from ..submission import Submission
from ..submission_path import SubmissionPath
from ..verdict import Failure, FailureCode
from .check import Check
from .context_copy import copies, may_bring
from .installer import Install, Installer, find_installs


class LayerOrder(Check):
    """First `manifest` is copied, then pip installs what it lists, and only then `source` is copied.

    It looks at the stages that the image is made of, each with those that it is built on.
    """

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
        instructions = [one for stage in parsed.needed for one in stage.instructions]
        copying = {one.line for one in instructions if copies(one, self.source)}
        found = []
        for lineage in map(parsed.lineage, parsed.needed):
            if installs := find_installs(lineage, Installer.PIP, self.manifest):
                found.append(self._judge_order(lineage, installs, copying))
        problems = [failure for failure in found if failure is not None]
        failures = problems[:1] if found else [self._no_install()]
        if not copying:
            failures.append(self._no_source())
        return failures

    def _judge_order(
        self, lineage: Sequence[Instruction], installs: Sequence[Install], copying: Collection[int]
    ) -> Failure | None:
        """What is wrong in one stage; `copying` are the lines that copy the source."""
        source = next((one for one in lineage if one.line in copying), None)
        late = [one for one in installs if source is not None and source.line < one.instruction.line]
        if source is not None and late:
            return self._wrong_order(source, late[0])
        first = installs[0].instruction
        # The install itself may mount what it needs.
        is_there = any(may_bring(one, self.manifest) for one in lineage if one.line <= first.line)
        return None if is_there else self._no_manifest(first.line)

    def _no_install(self) -> Failure:
        return self.failure(
            FailureCode.PIP_INSTALL_MISSING,
            f"No RUN instruction of your Dockerfile installs what {self.manifest} lists.",
            f"Add a RUN instruction with: pip install -r {self.manifest}",
        )

    def _no_manifest(self, line: int) -> Failure:
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
