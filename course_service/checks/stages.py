"""The Dockerfile has several stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from ..submission import Submission
from ..verdict import Failure, FailureCode
from .check import Check


class Stages(Check):
    """At least `minimum` FROM instructions."""

    kind: Literal["stages"]
    minimum: int = Field(default=2, ge=2, le=10)
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.SINGLE_STAGE,)

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None:
            return None
        count = len(parsed.stages)
        if count >= self.minimum:
            return ()
        return (
            self.failure(
                FailureCode.SINGLE_STAGE,
                f"Your Dockerfile has {count} stage{'s' * (count > 1)}; this lab asks for {self.minimum} or "
                "more. All that a single stage needs to build the app stays in the image that runs it.",
                "Begin a second stage with another FROM, and copy into it only what the app needs to run.",
            ),
        )
