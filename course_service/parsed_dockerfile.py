"""A Dockerfile as it is meant: stages, instructions with variables filled in, and shell commands.

The text is read by BuildKit's own parser (the package `dockerfile`), so comments, continuations, heredocs,
JSON form and the escape directive are what the engine takes them for. It serves rules that are about text;
whether a Dockerfile works is for the engine to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import dockerfile

from .dockerfile_variables import MOST_GROWTH, Variables, VariablesTooLarge, expand
from .shell_commands import SHELLS, ShellCommand, split_shell, split_words

MOST_BYTES = 64 * 1024
"""A Dockerfile that is larger is not read: the parser needs minutes for a megabyte of continued lines."""
MOST_STAGES = 50


class DockerfileUnreadable(ValueError):
    """BuildKit's parser refuses the text, it has no FROM, or it is larger than any that is meant well."""


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

    @property
    def sources(self) -> tuple[str, ...]:
        """The images and stages that ``COPY --from`` and the mounts of a RUN take files from."""
        if self.name == "COPY":
            return tuple(self.flag_values("from"))
        options = [option for mount in self.flag_values("mount") for option in mount.split(",")]
        return tuple(option.removeprefix("from=") for option in options if option.startswith("from="))

    @cached_property
    def commands(self) -> tuple[ShellCommand, ...]:
        """What a RUN runs; empty for other instructions."""
        if self.name != "RUN" or not self.arguments:
            return ()
        if self.is_json:
            return split_words(self.arguments)
        commands = split_shell(self.arguments[0])
        is_script = not commands and _is_for_shell(self.heredocs)
        if is_script or any(command.is_shell_on_input for command in commands):
            commands += split_shell("\n".join(self.heredocs))
        return commands


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
        numbers = {str(stage.number): stage for stage in earlier}
        return numbers.get(reference)

    def base_stage(self, stage: Stage) -> Stage | None:
        """The stage that `stage` is built on; None where that is an image. FROM knows no numbers."""
        return None if stage.base.isdecimal() else self.find_stage(stage.base, stage)

    def lineage(self, stage: Stage) -> tuple[Instruction, ...]:
        """The instructions of the stages that `stage` is built on, and its own."""
        base = self.base_stage(stage)
        return (*(self.lineage(base) if base else ()), *stage.instructions)

    @cached_property
    def needed(self) -> tuple[Stage, ...]:
        """The stages that the image is made of, in order; the engine builds no others."""
        waiting = [self.final]
        numbers: set[int] = set()
        while waiting:
            stage = waiting.pop()
            if stage.number in numbers:
                continue
            numbers.add(stage.number)
            names = {name for one in stage.instructions for name in one.sources}
            found = [self.base_stage(stage), *(self.find_stage(name, stage) for name in names)]
            waiting += [one for one in found if one is not None]
        return tuple(stage for stage in self.stages if stage.number in numbers)


def parse_dockerfile(content: bytes) -> ParsedDockerfile:
    """Read a Dockerfile. Raises `DockerfileUnreadable`."""
    if len(content) > MOST_BYTES:
        raise DockerfileUnreadable("too large")
    # The parser's text would end at a NUL, where the engine reads on.
    text = content.decode("utf-8", errors="replace").replace("\0", "\ufffd")
    reader = _Reader()
    try:
        for command in dockerfile.parse_string(text):
            reader.take(command)
    except (dockerfile.GoParseError, VariablesTooLarge) as error:
        raise DockerfileUnreadable(str(error)) from error
    if not reader.stages:
        raise DockerfileUnreadable("no FROM")
    return ParsedDockerfile(tuple(reader.finish()))


class _Reader:
    """Collects stages, and the variables that hold in each."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, str | None, int, list[Instruction]]] = []
        self._global: dict[str, str] = {}
        self._variables = Variables()
        self._of_stage: dict[str, Variables] = {}
        self._growth_left = MOST_GROWTH

    def take(self, command: dockerfile.Command) -> None:
        name = (command.cmd or "").upper()  # the parser gives none for a lone continuation
        if name == "FROM":
            self._begin_stage(command)
        elif self.stages:
            self.stages[-1][3].append(self._read(name, command))
            self._assign(name, command)
        elif name == "ARG":
            self._global |= self._assignments(command.value, self._global, {})

    def finish(self) -> Iterator[Stage]:
        for number, (base, alias, line, instructions) in enumerate(self.stages):
            yield Stage(number, base, alias, line, tuple(instructions))

    def _begin_stage(self, command: dockerfile.Command) -> None:
        if len(self.stages) == MOST_STAGES:
            raise DockerfileUnreadable("too many stages")
        base = _unquoted(self._fill(command.value[0], self._global)) if command.value else ""
        words = [word.casefold() for word in command.value]
        alias = command.value[2] if len(command.value) == 3 and words[1] == "as" else None
        self._variables = self._of_stage.get(base.casefold(), Variables()).copy()
        if alias is not None:
            self._of_stage[alias.casefold()] = self._variables
        self.stages.append((base, alias, command.start_line, []))

    def _read(self, name: str, command: dockerfile.Command) -> Instruction:
        variables = self._variables.all
        values = tuple(self._fill(value, variables) for value in command.value)
        keeps_quotes = name == "RUN" or command.json  # a shell sees its own quotes
        return Instruction(
            name=name,
            arguments=values if keeps_quotes else tuple(map(_unquoted, values)),
            flags=tuple(self._fill(flag, variables) for flag in command.flags),
            line=command.start_line,
            is_json=command.json,
            heredocs=tuple(self._fill(heredoc.content, variables) for heredoc in command.heredocs),
        )

    def _assign(self, name: str, command: dockerfile.Command) -> None:
        variables = self._variables.all
        if name == "ARG":
            self._variables.arguments |= self._assignments(command.value, variables, self._global)
        elif name == "ENV":
            pairs = zip(command.value[::2], command.value[1::2], strict=False)
            filled = [(_unquoted(key), self._fill(_unquoted(value), variables)) for key, value in pairs]
            self._variables.environment.update(filled)

    def _assignments(
        self, values: Sequence[str], variables: Mapping[str, str], inherited: Mapping[str, str]
    ) -> dict[str, str]:
        """What ARG sets: ``NAME=value``, or ``NAME`` with the value that stands before the first FROM."""
        found = {}
        for value in values:
            name, is_set, text = value.partition("=")
            if is_set:
                found[name] = self._fill(_unquoted(text), variables)
            elif name in inherited:
                found[name] = inherited[name]
        return found

    def _fill(self, text: str, variables: Mapping[str, str]) -> str:
        filled = expand(text, variables, self._growth_left)
        self._growth_left -= max(0, len(filled) - len(text))
        return filled


def _is_for_shell(heredocs: Sequence[str]) -> bool:
    """True for a script without a ``#!`` line, and for one whose ``#!`` line names a shell."""
    first, _, _ = "".join(heredocs[:1]).partition("\n")
    names = (word.rpartition("/")[2] for word in first.removeprefix("#!").split())
    return not first.startswith("#!") or any(name in SHELLS for name in names)


def _unquoted(text: str) -> str:
    is_quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text
