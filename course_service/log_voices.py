"""Who says which line of a log: the engine, or what ran in a step of the build.

BuildKit prints a command's words with the number of its step and the time before them, so they cannot be
taken for the engine's own. What came of a step that ended well is left out: it is not why the build failed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .explanations.entry import Voice

_PRINTED = re.compile(r"#(\d{1,5}) \d{1,6}\.\d{1,3}(?: (.*))?$")
_ENDED_WELL = re.compile(r"#(\d{1,5}) (?:DONE|CACHED|CANCELED)\b")
_OF_STEP = re.compile(r"#\d{1,5} | => ")
_RUNTIME = "runc run failed: "
"""Begins what the container runtime says of a program that it could not start, as if the step said it."""
_RULE = "------"
_QUOTED_STEP = " > ["
_QUOTED = re.compile(r"\d{1,6}\.\d{1,3}(?: (.*))?$")


class VoicedLine(NamedTuple):
    """A line without BuildKit's marks; `voice` is None where it may be either's."""

    number: int
    text: str
    voice: Voice | None


def tell_voices(lines: Sequence[str]) -> Iterator[VoicedLine]:
    """The lines that may tell why it failed, each with its number in `lines`, from 0."""
    ended_well = set(_find_ended_well(lines))
    in_quote = False
    for number, line in enumerate(lines):
        if line == _RULE:
            in_quote = lines[number + 1 : number + 2] != [] and lines[number + 1].startswith(_QUOTED_STEP)
        elif printed := _PRINTED.match(line):
            if printed[1] not in ended_well:
                yield _printed(number, printed[2] or "")
        elif _OF_STEP.match(line):
            yield VoicedLine(number, line, Voice.ENGINE)
        elif in_quote and (quoted := _QUOTED.match(line)):
            yield _printed(number, quoted[1] or "")
        elif not (in_quote and line.startswith(_QUOTED_STEP)):
            yield VoicedLine(number, line, None)


def _printed(number: int, text: str) -> VoicedLine:
    return VoicedLine(number, text, None if text.startswith(_RUNTIME) else Voice.PROGRAM)


def _find_ended_well(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if ended := _ENDED_WELL.match(line):
            yield ended[1]
