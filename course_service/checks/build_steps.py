"""What the engine says of each step of a build: which were taken from the cache.

Read from BuildKit's plain progress. Each line begins with the number of the step that it is about, and what a
learner's command prints comes behind that number and a time, so no command can print a line that is taken for
the engine's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..parsed_dockerfile import Instruction, ParsedDockerfile, Stage

_STEP = re.compile(r"#(\d+) \[(?:[^\]]* )??(?:(?P<stage>[^\] ]+) )?(?P<place>\d+)/\d+\] ")
_CACHED = re.compile(r"#(\d+) CACHED")
_COUNTED = ("RUN", "COPY", "ADD", "WORKDIR")
_EMPTY_IMAGE = "scratch"


@dataclass
class BuildSteps:
    """Takes a build's lines as they come."""

    _numbers: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    _cached: set[str] = field(default_factory=set)

    def take_line(self, line: str) -> None:
        """One line of the plain progress."""
        if step := _STEP.match(line):
            place = ((step["stage"] or "").casefold(), int(step["place"]))
            self._numbers.setdefault(place, set()).add(step[1])
        elif cached := _CACHED.fullmatch(line):
            self._cached.add(cached[1])

    def was_reused(self, parsed: ParsedDockerfile, instruction: Instruction) -> bool | None:
        """True where the instruction's result came from the cache; None where the build had no such step."""
        for stage in parsed.stages:
            if any(one is instruction for one in stage.instructions):
                place = _place(parsed, stage, instruction)
                names = _stage_names(stage)
                numbers = set().union(*(self._numbers.get((name, place), set()) for name in names))
                # Two stages can bear one name; then all that may be meant must have been reused.
                return numbers <= self._cached if numbers else None
        return None


def _stage_names(stage: Stage) -> Sequence[str]:
    """A single stage without a name has a number only in the builds of some Dockerfiles."""
    return ("", f"stage-{stage.number}") if stage.alias is None else (stage.alias.casefold(),)


def _place(parsed: ParsedDockerfile, stage: Stage, instruction: Instruction) -> int:
    """The engine counts FROM, where that is an image, and the instructions that change files."""
    is_image = stage.base != _EMPTY_IMAGE and parsed.base_stage(stage) is None
    before = stage.instructions[: next(n for n, one in enumerate(stage.instructions) if one is instruction)]
    return int(is_image) + sum(one.name in _COUNTED for one in before) + 1
