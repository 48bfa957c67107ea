"""Which commands of a Dockerfile install what a project's manifest lists, by pip or by npm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from ..parsed_dockerfile import Instruction
from ..shell_commands import ShellCommand
from .context_copy import names_given

_PYTHON = re.compile(r"python(\d+(\.\d+)?)?")
_PIP = re.compile(r"pip(\d+(\.\d+)?)?")
_MODULE = re.compile(r"-[a-zA-Z]*m(pip)?")
# One-letter options that take no value can stand before -r in the same word.
_SHORT_R = re.compile(r"-[UIqvh]*r(?P<file>.*)", re.DOTALL)
_LONG_R = re.compile(r"--requirem(e(n(t)?)?)?(=(?P<file>.*))?", re.DOTALL)
_NPM_INSTALL = {"install", "in", "i", "add", "ci", "ic", "clean-install", "install-clean"}
_NPM_WITH_VALUE = {
    *("--prefix", "-C", "--workspace", "-w", "--omit", "--include", "--only", "--install-strategy"),
    *("--registry", "--cache", "--userconfig", "--loglevel", "--fetch-retries", "--fetch-timeout"),
}
_HERE = (".", "./")


class Installer(StrEnum):
    """Who installs; the value is what a learner calls it."""

    PIP = "pip"
    NPM = "npm"


@dataclass(frozen=True)
class Install:
    """A RUN instruction, and the command in it that installs the manifest's packages."""

    instruction: Instruction
    command: ShellCommand


def find_installs(instructions: Iterable[Instruction], installer: Installer, manifest: str) -> list[Install]:
    """The commands that install what `manifest` lists, in order; one that names packages itself is none."""
    names = {manifest}
    found = []
    for instruction in instructions:
        names.update(names_given(instruction, manifest))
        for command in instruction.commands:
            if any(installs(command, installer, name) for name in names):
                found.append(Install(instruction, command))
    return found


def installs(command: ShellCommand, installer: Installer, manifest: str) -> bool:
    """True for ``pip install -r MANIFEST`` and its spellings, or for ``npm ci`` and ``npm install``."""
    if installer is Installer.NPM:
        return command.program == "npm" and _installs_package_json(command.argv[1:])
    arguments = _pip_arguments(command)
    if "install" not in arguments:
        return False
    name = PurePosixPath(manifest).name
    return any(PurePosixPath(file).name == name for file in _requirement_files(arguments))


def _installs_package_json(arguments: Sequence[str]) -> bool:
    words = [
        word
        for before, word in zip(("", *arguments), arguments, strict=False)
        if not word.startswith("-") and before not in _NPM_WITH_VALUE
    ]
    return bool(words) and words[0] in _NPM_INSTALL and all(word in _HERE for word in words[1:])


def _pip_arguments(command: ShellCommand) -> Sequence[str]:
    """What follows ``pip``, also where it is called as ``python -m pip`` or ``uv pip``."""
    argv = command.argv
    if _PIP.fullmatch(command.program):
        return argv[1:]
    if _PYTHON.fullmatch(command.program):
        return _module_arguments(argv[1:])
    if command.program == "uv" and argv[1:2] == ("pip",):
        return argv[2:]
    return ()


def _module_arguments(arguments: Sequence[str]) -> Sequence[str]:
    for place, argument in enumerate(arguments):
        if not argument.startswith("-"):
            break
        if module := _MODULE.fullmatch(argument):
            rest = arguments[place + 1 :]
            return rest if module[1] else (rest[1:] if rest[:1] == ("pip",) else ())
    return ()


def _requirement_files(arguments: Sequence[str]) -> Iterator[str]:
    for argument, following in zip(arguments, (*arguments[1:], ""), strict=True):
        if found := _LONG_R.fullmatch(argument) or _SHORT_R.fullmatch(argument):
            yield found["file"] or following
