"""What a lab.yaml may say: its fields, and the rules that cross them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from spawner.session_policy import Egress

from .checks.builds import Builds
from .checks.check import Need
from .checks.file_exists import FileExists
from .checks.registry import AnyCheck
from .submission import DEFAULT_EXCLUDE, DOCKERFILE
from .verdict import FailureCode
from .yaml_lines import Location

SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"

Slug = Annotated[str, StringConstraints(pattern=SLUG_PATTERN)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Difficulty(StrEnum):
    """How much a lab asks of a learner."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class SubmissionRules(BaseModel):
    """What of a learner's folder is left out, at any depth: names, or patterns such as ``*.ipynb``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exclude: tuple[Words, ...] = DEFAULT_EXCLUDE


class LabDescription(BaseModel):
    """What lab.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    title: Words
    summary: Words
    difficulty: Difficulty
    minutes: int = Field(ge=1, le=600)
    order: int | None = None
    base_images: tuple[Words, ...] = ()
    egress: Egress = Egress.NONE
    submission: SubmissionRules = SubmissionRules()
    checks: tuple[AnyCheck, ...] = Field(min_length=1)

    @property
    def possible_codes(self) -> frozenset[FailureCode]:
        """The codes that a submission can get."""
        return frozenset(code for check in self.checks for code in check.possible_codes)

    def find_hints(self, code: str, shown: str = "") -> tuple[str, ...]:
        """The hints for a failure, from nudge to near-answer: the author's, else the one in the verdict.

        `shown` is the verdict's own (`Failure.hint`): it tells which hints are meant where several checks
        give the code, and it is the one step where the author wrote none. Without it that is nothing.
        """
        written = [steps for check in self.checks if (steps := check.find_hints(code))]
        default = (shown,) if shown else ()
        return next((steps for steps in written if steps[0] == shown), written[0] if written else default)

    @property
    def max_score(self) -> int:
        """Points of all checks."""
        return sum(check.points for check in self.checks)

    def broken_rules(self) -> Iterator[tuple[Location, str]]:
        """What is wrong although every field by itself is right: where, and what was expected."""
        yield from self._says_when_there_is_no_dockerfile()
        is_built = False
        for place, check in enumerate(self.checks):
            if Need.IMAGE in check.needs and not is_built:
                yield (
                    ("checks", place),
                    f"{check.kind} looks at the image; expected a check of kind builds above",
                )
            is_built = is_built or isinstance(check, Builds)
            for code in check.hints:
                if code not in check.possible_codes:
                    codes = ", ".join(check.possible_codes)
                    yield (
                        ("checks", place, check.kind, "hints", code),
                        f"{check.kind} never gives this code here; expected one of {codes}",
                    )

    def _says_when_there_is_no_dockerfile(self) -> Iterator[tuple[Location, str]]:
        # Without a Dockerfile no sandbox is started; a learner must then be told so by some check.
        files = [check.path for check in self.checks if isinstance(check, FileExists)]
        if len(files) < len(self.checks) and DOCKERFILE not in files:
            yield ("checks",), f"expected one of kind file_exists with path {DOCKERFILE}"
