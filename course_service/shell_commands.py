"""A shell's text as its simple commands, as far as a rule about a Dockerfile needs to know.

It knows quotes, comments, continued lines, ``&&``, ``||``, ``;``, ``|``, groups and assignments before a
command. It does not know substitutions and control flow: their words stay words.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_SEPARATORS = re.compile(r"[();<>|&]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_WRAPPERS = {"env", "exec", "command", "time", "sudo", "then", "do", "else", "!", "{"}


@dataclass(frozen=True)
class ShellCommand:
    """A program with its arguments (`argv`), and what is assigned for it alone."""

    assignments: Mapping[str, str]
    argv: tuple[str, ...]

    @property
    def program(self) -> str:
        """The program's name, without its folder."""
        return self.argv[0].rpartition("/")[2] if self.argv else ""


def split_shell(text: str) -> tuple[ShellCommand, ...]:
    """The simple commands of `text`, in order.

    >>> [command.argv for command in split_shell("cd /app && pip install x # --quiet")]
    [('cd', '/app'), ('pip', 'install', 'x')]
    """
    joined = text.replace("\\\n", " ")
    return tuple(command for line in joined.splitlines() for command in _split_line(line))


def _split_line(line: str) -> Iterator[ShellCommand]:
    words: list[str] = []
    for token in _tokens(line):
        if token.startswith("#"):
            break
        if _SEPARATORS.fullmatch(token):
            yield from _command(words)
            words = []
        else:
            words.append(token)
    yield from _command(words)


def _tokens(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""  # shlex would end a word at a # in its middle
    try:
        return list(lexer)
    except ValueError:  # a quote that is never closed
        return line.split()


def _command(words: list[str]) -> Iterator[ShellCommand]:
    assignments: dict[str, str] = {}
    rest = list(words)
    while rest:
        assignment = _ASSIGNMENT.fullmatch(rest[0])
        if assignment is not None:
            assignments[assignment[1]] = assignment[2]
        elif rest[0] not in _WRAPPERS:
            break
        rest.pop(0)
    if rest:
        yield ShellCommand(assignments, tuple(rest))
