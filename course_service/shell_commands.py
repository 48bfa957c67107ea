"""A shell's text as its simple commands, as far as a rule about a Dockerfile needs to know.

It knows quotes, comments, continued lines, redirections, here-documents, ``&&``, ``||``, ``;``, ``|``,
groups, assignments before a command, commands that run another (``sudo``, ``env``, ``sh -c``), and the
keywords before a command of an ``if`` or a loop. Substitutions stay words. Any text is taken; one that no
shell would run gives some commands or other. The time is in proportion to the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})

_BLANK = re.compile(r"(?:[ \t\r]|\\\n)+")
_PLAIN = re.compile(r"[^ \t\r\n;|&()<>'\"\\$`]+|[$]")
_OPERATOR = re.compile(r"&>>?|<<<|<<-?|[<>]&|>>|>\||<>|[<>]|&&|\|\||\|&|;;|[;|&()\n]")
_QUOTED = re.compile(r"[^\"\\$`]+|[$]")
_IN_SUBSTITUTION = re.compile(r"\\.|'[^']*'|[()]", re.DOTALL)
_ENDS_WORD = " \t\r\n;|&()<>"
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_KEYWORDS = {"!", "{", "if", "then", "elif", "else", "while", "until", "do"}
# What runs the command that is its arguments, and which of its options take a value.
_WRAPPERS = {
    "builtin": "", "command": "", "doas": "uC", "env": "uC", "exec": "a", "nice": "n", "nohup": "",
    "sudo": "ughpCrtT", "time": "fo", "timeout": "ks",
}  # fmt: skip
_DEEPEST = 8  # shells in a shell's argument


@dataclass(frozen=True)
class ShellCommand:
    """A program with its arguments (`argv`), and what is assigned for it alone."""

    assignments: Mapping[str, str]
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        """The program's name, without its folder."""
        return self.argv[0].rpartition("/")[2] if self.argv else ""

    @property
    def is_shell_on_input(self) -> bool:
        """True for a shell that is given its commands by a here-document or a pipe."""
        return self.program in SHELLS and all(
            word.startswith("-") or word == "pipefail" for word in self.argv[1:]
        )


def split_shell(text: str) -> tuple[ShellCommand, ...]:
    """The simple commands of `text`, in order.

    >>> [command.argv for command in split_shell("cd /app && pip install x # --quiet")]
    [('cd', '/app'), ('pip', 'install', 'x')]
    """
    return tuple(_commands(text, _DEEPEST))


def split_words(words: Sequence[str]) -> tuple[ShellCommand, ...]:
    """What a program runs that is given `words` as they are: itself, or what a shell is told by ``-c``."""
    return tuple(_command(words, _DEEPEST))


def _commands(text: str, depth: int) -> Iterator[ShellCommand]:
    words: list[str] = []
    for word in _words(text):
        if word is not None:
            words.append(word)
            continue
        yield from _command(words, depth)
        words = []
    yield from _command(words, depth)


def _command(words: Sequence[str], depth: int) -> Iterator[ShellCommand]:
    assignments: dict[str, str] = {}
    place = 0
    while place < len(words):
        word = words[place]
        if assignment := _ASSIGNMENT.fullmatch(word):
            assignments[assignment[1]] = assignment[2]
        elif (wrapper := word.rpartition("/")[2]) in _WRAPPERS:
            place = _end_of_options(words, place + 1, _WRAPPERS[wrapper])
            place += wrapper == "timeout"  # its duration
            continue
        elif word not in _KEYWORDS:
            break
        place += 1
    if place >= len(words):
        return
    command = ShellCommand(assignments, tuple(words[place:]))
    text = _told_by_option(command)
    if text is None or depth == 0:
        yield command
        return
    for inner in _commands(text, depth - 1):
        yield replace(inner, assignments={**assignments, **inner.assignments})


def _end_of_options(words: Sequence[str], place: int, with_value: str) -> int:
    while place < len(words) and words[place].startswith("-"):
        option = words[place]
        place += 1 + (len(option) == 2 and option[1] in with_value)
    return place


def _told_by_option(command: ShellCommand) -> str | None:
    """The text after ``-c`` (or ``-ec``, ``-lc``) of a shell or of ``su``."""
    if command.program not in SHELLS and command.program != "su":
        return None
    for word, following in zip(command.argv[1:], command.argv[2:], strict=False):
        if re.fullmatch(r"-[a-z]*c", word):
            return following
    return None


def _words(text: str) -> Iterator[str | None]:
    """The words of `text` without their quotes; None where a command ends."""
    place = 0
    delimiters: list[str] = []
    while place < len(text):
        if blank := _BLANK.match(text, place):
            place = blank.end()
        elif text[place] == "#":
            place = _find(text, "\n", place)
        elif operator := _OPERATOR.match(text, place):
            place = operator.end()
            if "<" not in operator[0] and ">" not in operator[0]:
                yield None
                if operator[0] == "\n":
                    place = _skip_documents(text, place, delimiters)
                    delimiters = []
                continue
            if blank := _BLANK.match(text, place):
                place = blank.end()
            target, place = _read_word(text, place)
            if operator[0] in ("<<", "<<-"):
                delimiters.append(target)
        else:
            word, end = _read_word(text, place)
            is_descriptor = text[place:end].isdecimal() and text[end : end + 1] in ("<", ">")
            place = end
            if not is_descriptor:
                yield word


def _read_word(text: str, place: int) -> tuple[str, int]:
    parts = []
    while place < len(text) and text[place] not in _ENDS_WORD:
        character = text[place]
        if character == "'":
            closing = _find(text, "'", place + 1)
            parts.append(text[place + 1 : closing])
            place = closing + 1
        elif character == '"':
            part, place = _read_quoted(text, place + 1)
            parts.append(part)
        elif character == "\\":
            parts.append("" if text[place + 1 : place + 2] == "\n" else text[place + 1 : place + 2])
            place += 2
        elif end := _end_of_substitution(text, place):
            parts.append(text[place:end])
            place = end
        elif plain := _PLAIN.match(text, place):
            parts.append(plain[0])
            place = plain.end()
    return "".join(parts), min(place, len(text))


def _read_quoted(text: str, place: int) -> tuple[str, int]:
    """What stands between double quotes, from `place` to behind the closing one."""
    parts = []
    while place < len(text) and text[place] != '"':
        if text[place] == "\\":
            escaped = text[place + 1 : place + 2]
            parts.append({"\n": ""}.get(escaped, escaped if escaped in '$`"\\' else f"\\{escaped}"))
            place += 2
        elif end := _end_of_substitution(text, place):
            parts.append(text[place:end])
            place = end
        elif plain := _QUOTED.match(text, place):
            parts.append(plain[0])
            place = plain.end()
    return "".join(parts), place + 1


def _end_of_substitution(text: str, place: int) -> int | None:
    """The end of a ``$(…)``, ``${…}`` or backquoted part that begins at `place`; None where none does."""
    if text[place] == "`":
        return _find(text, "`", place + 1) + 1
    if text.startswith("${", place):
        return _find(text, "}", place) + 1
    if not text.startswith("$(", place):
        return None
    depth = 0
    for found in _IN_SUBSTITUTION.finditer(text, place):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(text)


def _skip_documents(text: str, place: int, delimiters: Sequence[str]) -> int:
    """The place behind the here-documents that the line before `place` announced."""
    for delimiter in delimiters:
        while place < len(text):
            end = _find(text, "\n", place)
            line = text[place:end]
            place = end + 1
            if line.strip("\t\r") == delimiter:
                break
    return place


def _find(text: str, wanted: str, place: int) -> int:
    found = text.find(wanted, place)
    return len(text) if found < 0 else found
