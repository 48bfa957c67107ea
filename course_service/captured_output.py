"""What a command in a sandbox printed: bounded, and safe to show.

The bytes come from a learner's build or program, so they may be endless and may hold anything. What leaves
this file has a bounded size and no control character but newline and tab. It is still text, not HTML: whoever
puts it on a page escapes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_LINE = 2000
"""Bytes of a line that are kept."""

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC: titles, links
    r"|\x1b[ -/]*[0-~]?"  # the short ones, and an ESC alone
)
# Control and format characters but newline and tab, the two separators that break lines, and halves of pairs.
_NOT_TEXT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000110bd\U000110cd"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def clean_text(text: str) -> str:
    """`text` without terminal escapes, control characters, and marks that reorder what is shown."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NOT_TEXT.sub("", _ESCAPE_SEQUENCES.sub("", text))


class CapturedOutput:
    """Keeps the first and the last part of what it is given, and hands on whole lines as they come."""

    def __init__(self, most_bytes: int, on_line: Callable[[str], None] | None = None) -> None:
        self.total = 0
        self._part = most_bytes // 2
        self._head = bytearray()
        self._tail = bytearray()
        self._on_line = on_line
        self._line = bytearray()

    @property
    def truncated(self) -> bool:
        """True when the middle was left out."""
        return self.total > 2 * self._part

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self.total += len(data)
        to_head = data[: self._part - len(self._head)]
        self._head += to_head
        self._tail += data[len(to_head) :]
        del self._tail[: max(0, len(self._tail) - self._part)]
        if self._on_line is not None:
            self._hand_on_lines(data)

    def end(self) -> None:
        """Hand on a last line that had no newline."""
        if self._on_line is not None and self._line:
            self._on_line(_decode_line(self._line))
            self._line.clear()

    def text(self) -> str:
        """What was kept, cleaned; where the middle was left out, a line says how much."""
        if not self.truncated:
            return _decode(self._head + self._tail)
        left_out = self.total - len(self._head) - len(self._tail)
        return f"{_decode(self._head)}\n[{left_out} bytes left out]\n{_decode(self._tail)}"

    def _hand_on_lines(self, data: bytes) -> None:
        assert self._on_line is not None  # noqa: S101 - for the type checker; the only caller looked
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._keep_of_line(piece)
            line = _decode_line(self._line)
            self._line.clear()
            self._on_line(line)
        self._keep_of_line(rest)

    def _keep_of_line(self, piece: bytes) -> None:
        self._line += piece[: LONGEST_LINE - len(self._line)]


def _decode(data: bytes | bytearray) -> str:
    return clean_text(data.decode("utf-8", errors="replace"))


def _decode_line(line: bytes | bytearray) -> str:
    return _decode(line).replace("\n", " ").rstrip()
