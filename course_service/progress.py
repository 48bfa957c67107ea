"""What the judge says while it works: the `progress` event of docs/interfaces.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import NotRequired, TypedDict


class StepProgress(TypedDict):
    """What is being done now; `step` of `steps` are done."""

    message: str
    step: int
    steps: int
    place: NotRequired[int]
    """How many attempts are before this one, while it waits for its turn."""


class LogProgress(TypedDict):
    """One line of a build."""

    log: str


Progress = StepProgress | LogProgress
ProgressListener = Callable[[Progress], None]
