"""What the engine says of each step of a build: which were taken from the cache.

Read from BuildKit's plain progress. Each line begins with the number of the step that it is about, and what a
learner's command prints comes behind that number and a time, so no command can print a line that is taken for
the engine's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..parsed_dockerfile import Instruction, ParsedDockerfile, Stage

_STEP = re.compile(r"#(\d+) \[(?:[^\]]*? )?(?:(?P<stage>[^\] ]+) )?(?P<place>\d+)/\d+\] ")
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
                # Two stages can bear one name; then all that may be meant must have been reused.
                numbers = self._numbers.get((_stage_name(parsed, stage), _place(parsed, stage, instruction)))
                return None if numbers is None else numbers <= self._cached
        return None


def _stage_name(parsed: ParsedDockerfile, stage: Stage) -> str:
    if stage.alias is not None:
        return stage.alias.casefold()
    return f"stage-{stage.number}" if len(parsed.stages) > 1 else ""


def _place(parsed: ParsedDockerfile, stage: Stage, instruction: Instruction) -> int:
    """The engine counts FROM, where that is an image, and the instructions that change files."""
    is_image = stage.base != _EMPTY_IMAGE and parsed.base_stage(stage) is None
    before = stage.instructions[: next(n for n, one in enumerate(stage.instructions) if one is instruction)]
    return int(is_image) + sum(one.name in _COUNTED for one in before) + 1
