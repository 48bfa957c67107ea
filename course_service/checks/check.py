"""What a check is, and what it works with.

A kind of check is a subclass whose fields are its parameters in lab.yaml. The judge calls `inspect` of every
check on the submission's bytes before anything is started, and then `run`, in the lab's order, of those whose
`needs` are met. Each returns what is wrong, and nothing where all is well. A fault of ours is raised as
`SandboxFault`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from spawner.session_policy import Egress

from ..sandbox import Sandbox
from ..submission import Submission
from ..verdict import BuiltImage, Failure, FailureCode

DOCKERFILE = "Dockerfile"


class Need(StrEnum):
    """What must be there before a check can run."""

    SANDBOX = "sandbox"
    IMAGE = "image"


@dataclass
class Workbench:
    """What the checks of one attempt share; the kinds that make something put it here."""

    sandbox: Sandbox
    submission: Submission
    egress: Egress
    base_images: tuple[str, ...]
    show_log_line: Callable[[str], None]
    image: BuiltImage | None = None
    build_seconds: float | None = None
    build_log: list[str] = field(default_factory=list)
    runtime_log: list[str] = field(default_factory=list)

    def meets(self, needs: frozenset[Need]) -> bool:
        return Need.IMAGE not in needs or self.image is not None


class Check(BaseModel):
    """Base of all kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs: ClassVar[frozenset[Need]] = frozenset()
    doing: ClassVar[str] = "Looking at your files"
    """What the learner reads while it runs."""

    title: str = Field(min_length=1)
    hints: dict[FailureCode, str] = {}
    """The lab's own hint for a failure code, in place of the kind's."""

    def inspect(self, submission: Submission) -> Sequence[Failure]:
        """What is wrong as far as the files alone can tell."""
        return ()

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        """What is wrong by what happens in the sandbox."""
        return ()

    def failure(self, code: FailureCode, message: str, hint: str) -> Failure:
        """A failure with the lab's own hint where it has one."""
        return Failure(code, message, self.hints.get(code, hint))
