"""A Dockerfile as it is meant: stages, instructions with variables filled in, and shell commands.

The text is read by BuildKit's own parser (the package `dockerfile`), so comments, continuations, heredocs,
JSON form and the escape directive are what the engine takes them for. It serves rules that are about text;
whether a Dockerfile works is for the engine to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import dockerfile

from .shell_commands import ShellCommand, split_shell

_VARIABLE = re.compile(r"\\\$|\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?:(?P<how>:?[-+])(?P<word>[^}]*))?\})")
_SHELLS = {"sh", "bash", "ash", "dash"}


class DockerfileUnreadable(ValueError):
    """BuildKit's parser refuses the text, or it has no FROM."""


@dataclass(frozen=True)
class Instruction:
    """One instruction; `arguments` and `flags` have the Dockerfile's own variables filled in."""

    name: str
    arguments: tuple[str, ...]
    flags: tuple[str, ...]
    line: int
    is_json: bool
    heredocs: tuple[str, ...]

    def flag(self, name: str) -> str | None:
        """The value of the last ``--name=value``."""
        values = self.flag_values(name)
        return values[-1] if values else None

    def flag_values(self, name: str) -> list[str]:
        """The values of every ``--name=value``, in order."""
        prefix = f"--{name}="
        return [flag.removeprefix(prefix) for flag in self.flags if flag.startswith(prefix)]

    @cached_property
    def commands(self) -> tuple[ShellCommand, ...]:
        """What a RUN runs; empty for other instructions."""
        if self.name != "RUN" or not self.arguments:
            return ()
        if not self.is_json:
            is_script = self.arguments[0].lstrip().startswith("<<")
            return split_shell("\n".join(self.heredocs) if is_script else self.arguments[0])
        program, *rest = self.arguments
        if program.rpartition("/")[2] in _SHELLS and "-c" in rest[:-1]:
            return split_shell(rest[rest.index("-c") + 1])
        return (ShellCommand({}, self.arguments),)


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next; `base` is an image or the alias of an earlier stage."""

    number: int
    base: str
    alias: str | None
    line: int
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class ParsedDockerfile:
    """The stages, in order; the last is what the image is made of."""

    stages: tuple[Stage, ...]

    @property
    def final(self) -> Stage:
        return self.stages[-1]

    def find_stage(self, reference: str, before: Stage) -> Stage | None:
        """The stage that ``COPY --from`` or FROM means; None where it is an image or a context."""
        earlier = self.stages[: before.number]
        for stage in reversed(earlier):
            if stage.alias is not None and stage.alias.casefold() == reference.casefold():
                return stage
        if reference.isdecimal() and int(reference) < len(earlier):
            return earlier[int(reference)]
        return None

    def lineage(self, stage: Stage) -> tuple[Instruction, ...]:
        """The instructions of the stages that `stage` is built on, and its own."""
        base = self.find_stage(stage.base, stage) if not stage.base.isdecimal() else None
        return (*(self.lineage(base) if base else ()), *stage.instructions)


def parse_dockerfile(content: bytes) -> ParsedDockerfile:
    """Read a Dockerfile. Raises `DockerfileUnreadable`."""
    try:
        commands = dockerfile.parse_string(content.decode("utf-8", errors="replace"))
    except dockerfile.GoParseError as error:
        raise DockerfileUnreadable(str(error)) from error
    reader = _Reader()
    for command in commands:
        reader.take(command)
    if not reader.stages:
        raise DockerfileUnreadable("no FROM")
    return ParsedDockerfile(tuple(reader.finish()))


class _Reader:
    """Collects stages, and the variables that hold in each."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, str | None, int, list[Instruction]]] = []
        self._global: dict[str, str] = {}
        self._variables: dict[str, str] = {}
        self._of_stage: dict[str, dict[str, str]] = {}

    def take(self, command: dockerfile.Command) -> None:
        name = command.cmd.upper()
        if name == "FROM":
            self._begin_stage(command)
            return
        if not self.stages:
            if name == "ARG":
                self._global |= _assignments(command.value, self._global, {})
            return
        raw_run = name == "RUN" and not command.json  # a shell sees its own quotes; variables are filled in
        values = tuple(expand(value, self._variables) for value in command.value)
        instruction = Instruction(
            name=name,
            arguments=values if raw_run or command.json else tuple(map(_unquoted, values)),
            flags=tuple(expand(flag, self._variables) for flag in command.flags),
            line=command.start_line,
            is_json=command.json,
            heredocs=tuple(heredoc.content for heredoc in command.heredocs),
        )
        self.stages[-1][3].append(instruction)
        if name == "ARG":
            self._variables |= _assignments(command.value, self._variables, self._global)
        elif name == "ENV":
            pairs = zip(command.value[::2], command.value[1::2], strict=False)
            before = dict(self._variables)
            self._variables |= {_unquoted(key): expand(_unquoted(value), before) for key, value in pairs}

    def finish(self) -> Iterator[Stage]:
        for number, (base, alias, line, instructions) in enumerate(self.stages):
            yield Stage(number, base, alias, line, tuple(instructions))

    def _begin_stage(self, command: dockerfile.Command) -> None:
        base = _unquoted(expand(command.value[0], self._global)) if command.value else ""
        words = [word.casefold() for word in command.value]
        alias = command.value[2] if len(command.value) == 3 and words[1] == "as" else None
        self._variables = dict(self._of_stage.get(base.casefold(), {}))
        if alias is not None:
            self._of_stage[alias.casefold()] = self._variables
        self.stages.append((base, alias, command.start_line, []))


def expand(text: str, variables: Mapping[str, str]) -> str:
    r"""`text` with the variables filled in that are known; others stay as they are written.

    >>> expand(r"$FILE ${DIR:-src} \$FILE $OTHER", {"FILE": "app.py"})
    'app.py src \\$FILE $OTHER'
    """

    def fill(found: re.Match[str]) -> str:
        name = found["plain"] or found["name"]
        if name is None:
            return found[0]
        value = variables.get(name)
        how, word = found["how"] or "", found["word"] or ""
        is_set = bool(value) if how.startswith(":") else value is not None
        if how.endswith("+"):
            return word if is_set else ""
        if is_set:
            return value or ""
        return word if how else (found[0] if value is None else value)

    return _VARIABLE.sub(fill, text)


def _assignments(
    values: Sequence[str], variables: Mapping[str, str], inherited: Mapping[str, str]
) -> dict[str, str]:
    """What ARG sets: ``NAME=value``, or ``NAME`` with the value that stands before the first FROM."""
    found = {}
    for value in values:
        name, is_set, text = value.partition("=")
        if is_set:
            found[name] = expand(_unquoted(text), variables)
        elif name in inherited:
            found[name] = inherited[name]
    return found


def _unquoted(text: str) -> str:
    is_quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text
