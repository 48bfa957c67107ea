"""The submission has a file of exactly this name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from ..submission import Submission
from ..submission_path import SubmissionPath
from ..verdict import Failure, FailureCode
from .check import Check, HintSteps


class FileExists(Check):
    """Fails with the lab's own code and words."""

    kind: Literal["file_exists"]
    path: SubmissionPath
    code: FailureCode
    message: str = Field(min_length=1)
    hint: HintSteps

    @property
    def possible_codes(self) -> tuple[FailureCode, ...]:
        return (self.code,)

    def find_hints(self, code: str) -> tuple[str, ...]:
        return super().find_hints(code) or (self.hint if code == self.code else ())

    def inspect(self, submission: Submission) -> Sequence[Failure]:
        if self.path in submission.files:
            return ()
        return (self.failure(self.code, self._message(submission), self.hint[0]),)

    def _message(self, submission: Submission) -> str:
        for near in sorted(submission.files):
            if near.casefold() == self.path.casefold() or near.casefold() == f"{self.path}.txt".casefold():
                return f"{self.message} There is {near}, but the name must be exactly {self.path}."
        return self.message
