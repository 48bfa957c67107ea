"""Why a build or a container failed, told from its log, the same way each time.

Pure. What is recognised stands in `explanations`, a file for each program. A log comes from what a learner
wrote, so it may hold anything: the work is bounded, and an explanation is only ever words to read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .captured_output import clean_text
from .explanations.all_families import FAMILIES
from .explanations.entry import Entry, Explanation, Voice
from .log_voices import VoicedLine, tell_voices
from .verdict import FailureCode

MOST_CHARACTERS = 256 * 1024
"""Of a log, half from its head and half from its tail; the judge keeps a quarter of it."""
LONGEST_LINE = 2000
"""Characters of a line that are looked at, half from its head and half from its tail."""
LONGEST_SHOWN_LINE = 300
MOST_EXPLANATIONS = 3


def explain_log(lines: Sequence[str], code: FailureCode | None = None) -> tuple[Explanation, ...]:
    """What is known of the trouble that a log tells of, likeliest cause first; nothing where none is known.

    `lines` are those of a build, of a container or of a terminal, or any part of them; the step that failed
    is read from them. A failure's own message may stand at their end: it has what the engine said of a
    container that did not start. `code` is the failure's; without it, no entry is left out for its code.

    The more specific kind of cause comes first (`Rank`), and of one kind what came earlier in the log. A line
    is explained once.
    """
    clean = _bound(lines)
    first_of_line: dict[int, _Found] = {}
    for found in sorted(_find(clean, code), key=lambda found: (found.entry.rank, found.line)):
        first_of_line.setdefault(found.line, found)
    return tuple(
        entry.explain(match, clean[line][:LONGEST_SHOWN_LINE])
        for entry, match, line in list(first_of_line.values())[:MOST_EXPLANATIONS]
    )


class _Found(NamedTuple):
    entry: Entry
    match: re.Match[str]
    line: int


def _find(lines: Sequence[str], code: FailureCode | None) -> Iterator[_Found]:
    """The entries that fit, each where it fits first, in the order of the families."""
    voiced = list(tell_voices(lines))
    spoken = {voice: _Spoken([line for line in voiced if line.voice in (voice, None)]) for voice in Voice}
    for family in FAMILIES:
        said = spoken[family.voice]
        for entry in family.entries:
            if entry.fits(code) and (match := entry.pattern.search(said.text)):
                yield _Found(entry, match, said.line_at(match.start()))


class _Spoken:
    """What one voice says, as one text; knows from which line of the log each place in it is."""

    def __init__(self, lines: Sequence[VoicedLine]) -> None:
        self.text = "\n".join(line.text for line in lines)
        self._numbers = [line.number for line in lines]
        self._starts: list[int] = []
        start = 0
        for line in lines:
            self._starts.append(start)
            start += len(line.text) + 1

    def line_at(self, place: int) -> int:
        return self._numbers[bisect_right(self._starts, place) - 1]


def _bound(lines: Sequence[str]) -> list[str]:
    text = clean_text(_middle_out("\n".join(lines), MOST_CHARACTERS))
    return [_middle_out(line.rstrip(), LONGEST_LINE) for line in text.split("\n")]


def _middle_out(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-(most // 2) :]}"
