"""The image takes what was built from an earlier stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..submission import Submission
from ..verdict import Failure, FailureCode
from .check import Check


class CopyFrom(Check):
    """The last stage has a ``COPY --from`` that names an earlier stage of this Dockerfile."""

    kind: Literal["copy_from"]
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.COPY_FROM_MISSING,)

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None or len(parsed.stages) < 2:
            return None  # with a single stage there is nothing to copy from; another check says so
        copying = [one for one in parsed.lineage(parsed.final) if one.name == "COPY"]
        sources = [source for one in copying for source in one.sources]
        if any(parsed.find_stage(source, parsed.final) for source in sources):
            return ()
        message = "The last stage copies nothing from the stage that built the app."
        if sources:
            message += f" (COPY --from={sources[0][:80]} names no stage above it.)"
        builder = parsed.stages[-2].alias or "builder"
        return (
            self.failure(
                FailureCode.COPY_FROM_MISSING,
                message,
                f"In the last stage, copy what was built: COPY --from={builder} SOURCE DESTINATION",
            ),
        )
