"""What a check is, and what it works with.

A kind of check is a subclass whose fields are its parameters in lab.yaml. The judge calls `inspect` of every
check on the submission's bytes before anything is started, and then `run`, in the lab's order, of those that
`inspect` did not settle and whose `needs` are met. Each returns what is wrong, nothing where all is well, and
None where it cannot tell: a check that neither settles is not run. A fault of ours is raised as
`SandboxFault`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from spawner.session_policy import Egress

from ..captured_output import clean_text
from ..sandbox import Sandbox
from ..submission import Submission
from ..verdict import BuiltImage, Failure, FailureCode

NPROC_LIMIT = ("--ulimit", "nproc=300:300")
"""For builds and containers: a fork bomb meets this first, and the judge's own commands still have room."""

RUNNING_CODES = (FailureCode.DOCKER_RUN_FAILED, FailureCode.OUT_OF_MEMORY)
"""Of kinds that may find their sandbox used up by the image's programs."""


def _as_steps(value: Any) -> Any:
    if isinstance(value, list | tuple) and value:
        return value
    if isinstance(value, str):
        return (value,)
    raise ValueError("expected a text, or a list of texts from a nudge to nearly the answer")


HintSteps = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)], ...],
    BeforeValidator(_as_steps),
]
"""Hints for one mistake, from a nudge to nearly the answer; lab.yaml may write a single one as a text."""


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
    apps: dict[int, str | None] = field(default_factory=dict)
    """By port, the running container of the image that answers there; None where none came to answer."""

    @property
    def built(self) -> BuiltImage:
        """The image; only a check that needs one asks."""
        if self.image is None:
            raise ValueError("no image was built; the judge looks at `needs` first")
        return self.image

    def meets(self, needs: frozenset[Need]) -> bool:
        return Need.IMAGE not in needs or self.image is not None


class Check(BaseModel):
    """Base of all kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    needs: ClassVar[frozenset[Need]] = frozenset()
    doing: ClassVar[str] = "Looking at your files"
    """What the learner reads while it runs."""
    codes: ClassVar[tuple[FailureCode, ...]] = ()
    """The codes that it can give."""

    title: str = Field(min_length=1)
    points: int = Field(default=1, ge=0, le=1000)
    """What passing it is worth."""
    hints: dict[FailureCode, HintSteps] = {}
    """The lab's own hints for a failure code, in place of the kind's."""

    @property
    def possible_codes(self) -> tuple[FailureCode, ...]:
        """The codes that it can give with its parameters as they are."""
        return self.codes

    def find_hints(self, code: str) -> tuple[str, ...]:
        """What the lab's author wrote for a failure code, from nudge to near-answer; often nothing."""
        return next((steps for known, steps in self.hints.items() if known == code), ())

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        """What is wrong as far as the files alone can tell."""
        return None

    def run(self, workbench: Workbench) -> Sequence[Failure] | None:
        """What is wrong by what happens in the sandbox."""
        return None

    def failure(self, code: FailureCode, message: str, hint: str) -> Failure:
        """With the lab's own first hint where it has one; no control character leaves in the words."""
        nudge, *_ = self.find_hints(code) or (clean_text(hint),)
        return Failure(code, clean_text(message), nudge)


class ImageCheck(Check):
    """Base of the kinds that look at the image that `builds` made."""

    needs: ClassVar[frozenset[Need]] = frozenset({Need.SANDBOX, Need.IMAGE})
