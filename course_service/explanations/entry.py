"""What an explanation is made of: words of a log that are known, why they come, and what to try.

Nothing that stood in the log is interpreted: a name that was captured there is cut, and shown as code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import partial

from ..captured_output import clean_text
from ..verdict import FailureCode

LONGEST_NAME = 80
"""Characters of a captured name that are shown."""

spot = partial(re.compile, flags=re.MULTILINE)
"""Compiles an entry's pattern. Logs are hostile, so each repeat in it has an upper bound."""


class Voice(Enum):
    """Who says a line of a log."""

    ENGINE = "engine"
    PROGRAM = "program"


class Rank(IntEnum):
    """Of several entries that fit a log, the first kind is nearest to what the learner has to mend."""

    CAUSE = 0
    GENERAL = 1
    """Says of what kind the trouble is, as any exception does."""
    CONSEQUENCE = 2
    """Is there whatever went wrong, as the exit code of a RUN is."""


@dataclass(frozen=True)
class Entry:
    """A message that is recognised. `cause` and `next_step` may name the groups of `pattern` in braces."""

    name: str
    shows: str
    """The message as people know it, for the table in docs/hints.md."""
    pattern: re.Pattern[str]
    cause: str
    next_step: str
    rank: Rank = Rank.CAUSE
    codes: frozenset[FailureCode] = frozenset()
    """Failure codes that it fits; all, where there are none."""

    def explain(self, found: re.Match[str], line: str) -> Explanation:
        """What is said of `found`, which stood in `line`."""
        names = {name: quote_name(text or "") for name, text in found.groupdict().items()}
        return Explanation(
            name=self.name,
            line=line,
            cause=self.cause.format_map(names),
            next_step=self.next_step.format_map(names),
        )

    def fits(self, code: FailureCode | None) -> bool:
        """True where it may be told of a failure with `code`."""
        return code is None or not self.codes or code in self.codes


@dataclass(frozen=True)
class Family:
    """Entries about one program's messages, and whose voice they are in."""

    title: str
    voice: Voice
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Explanation:
    """What happened and why, and what to try, as plain text with `code` in backticks."""

    name: str
    line: str
    """The line of the log that was recognised."""
    cause: str
    next_step: str


def quote_name(text: str) -> str:
    """A name from a log, as code: on one line, of bounded length, and unable to end the quotation.

    A number stays as it is.
    """
    name = " ".join(clean_text(text).replace("`", "'").split())
    if name.isdecimal() and len(name) <= LONGEST_NAME:
        return name
    return f"`{name[:LONGEST_NAME]}…`" if len(name) > LONGEST_NAME else f"`{name or '…'}`"
