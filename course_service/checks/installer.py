"""Which command of a Dockerfile installs what a project's manifest lists, by pip or by npm."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from ..parsed_dockerfile import Instruction
from ..shell_commands import ShellCommand
from .context_copy import names_given

_PYTHON = re.compile(r"python(3(\.\d+)?)?")
_PIP = re.compile(r"pip(3(\.\d+)?)?")
_NPM_INSTALL = {"install", "i", "ci", "clean-install", "add"}


class Installer(StrEnum):
    """Who installs; the value is what a learner calls it."""

    PIP = "pip"
    NPM = "npm"

    @property
    def command(self) -> str:
        """The words to look for, as a learner would write them."""
        return f"{self} install"


@dataclass(frozen=True)
class Install:
    """A RUN instruction, and the command in it that installs the manifest's packages."""

    instruction: Instruction
    command: ShellCommand


def find_install(instructions: Iterable[Instruction], installer: Installer, manifest: str) -> Install | None:
    """The first command that installs what `manifest` lists; one that names packages itself is none."""
    names = {manifest}
    for instruction in instructions:
        names.update(names_given(instruction, manifest))
        for command in instruction.commands:
            if any(installs(command, installer, name) for name in names):
                return Install(instruction, command)
    return None


def installs(command: ShellCommand, installer: Installer, manifest: str) -> bool:
    """True for ``pip install -r MANIFEST`` and its spellings, or for ``npm ci`` and ``npm install``."""
    if installer is Installer.NPM:
        words = [word for word in command.argv[1:] if not word.startswith("-")]
        return command.program == "npm" and len(words) == 1 and words[0] in _NPM_INSTALL
    arguments = _pip_arguments(command)
    if "install" not in arguments:
        return False
    return any(PurePosixPath(file).name == manifest for file in _requirement_files(arguments))


def _pip_arguments(command: ShellCommand) -> Sequence[str]:
    """What follows ``pip``, also where it is called as ``python -m pip`` or ``uv pip``."""
    argv = command.argv
    if _PIP.fullmatch(command.program):
        return argv[1:]
    if _PYTHON.fullmatch(command.program) and "-m" in argv[:-1]:
        module = argv.index("-m") + 1
        return argv[module + 1 :] if argv[module] == "pip" else ()
    if command.program == "uv" and argv[1:2] == ("pip",):
        return argv[2:]
    return ()


def _requirement_files(arguments: Sequence[str]) -> Iterable[str]:
    for place, argument in enumerate(arguments):
        if argument in ("-r", "--requirement"):
            yield from arguments[place + 1 : place + 2]
        elif argument.startswith("--requirement="):
            yield argument.partition("=")[2]
        elif argument.startswith("-r") and not argument.startswith("--"):
            yield argument[2:]
