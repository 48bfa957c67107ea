"""The stage that builds has a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from ..submission import Submission
from ..verdict import Failure, FailureCode
from .check import Check


class NamedBuilder(Check):
    """Some stage before the last one is named by ``FROM … AS name``."""

    kind: Literal["named_builder"]
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.BUILDER_ALIAS_MISSING,)

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None or len(parsed.stages) < 2:
            return None  # with a single stage there is nothing to name; another check says so
        if any(stage.alias for stage in parsed.stages[:-1]):
            return ()
        line = parsed.stages[0].line
        return (
            self.failure(
                FailureCode.BUILDER_ALIAS_MISSING,
                f"The stage that begins in line {line} has no name. A number (COPY --from=0) means another "
                "stage as soon as somebody adds one above it.",
                f"End line {line} with: AS builder",
            ),
        )
