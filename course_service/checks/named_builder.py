"""The stage that builds has a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..submission import Submission
from ..verdict import Failure, FailureCode
from .check import Check


class NamedBuilder(Check):
    """Some stage that the last one copies from is named by ``FROM … AS name``.

    Where it copies from none, some stage before the last one is.
    """

    kind: Literal["named_builder"]
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.BUILDER_ALIAS_MISSING,)

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None or len(parsed.stages) < 2:
            return None  # with a single stage there is nothing to name; another check says so
        sources = [source for one in parsed.lineage(parsed.final) for source in one.sources]
        copied = [stage for source in sources if (stage := parsed.find_stage(source, parsed.final))]
        builders = copied or parsed.stages[:-1]
        if any(stage.alias for stage in builders):
            return ()
        line = builders[0].line
        return (
            self.failure(
                FailureCode.BUILDER_ALIAS_MISSING,
                f"The stage that begins in line {line} has no name. A number (COPY --from=0) means another "
                "stage as soon as somebody adds one above it.",
                f"End line {line} with: AS builder",
            ),
        )
