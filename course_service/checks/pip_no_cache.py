"""The pip install that installs the requirements leaves no download cache in the image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal

from ..parsed_dockerfile import Instruction
from ..submission import Submission
from ..submission_path import SubmissionPath
from ..verdict import Failure, FailureCode
from .check import Check
from .installer import Install, Installer, find_installs

FLAG = "--no-cache-dir"
VARIABLE = "PIP_NO_CACHE_DIR"
_SHORTEST_FLAG = "--no-ca"  # pip takes each beginning that means one option only
_CACHE_FOLDERS = (".cache", "pip", "uv")


class PipNoCache(Check):
    """By ``--no-cache-dir``, by ``PIP_NO_CACHE_DIR``, by a cache mount, or by ``rm`` in the same RUN.

    It looks at the image's own stage and those that it is built on; what another stage keeps is not in the
    image.
    """

    kind: Literal["pip_no_cache"]
    manifest: SubmissionPath
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.PIP_CACHE_FLAG_MISSING,)

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None:
            return None
        lineage = parsed.lineage(parsed.final)
        installs = find_installs(lineage, Installer.PIP, self.manifest)
        keeping = next((one for one in installs if not _leaves_no_cache(lineage, one)), None)
        if keeping is not None:
            return (self._flag_missing(keeping),)
        elsewhere = (one for stage in parsed.needed for one in stage.instructions)
        # Where nothing is installed, that is another check's to say.
        return () if installs or find_installs(elsewhere, Installer.PIP, self.manifest) else None

    def _flag_missing(self, install: Install) -> Failure:
        line = install.instruction.line
        return self.failure(
            FailureCode.PIP_CACHE_FLAG_MISSING,
            f"The pip install in line {line} keeps what it downloads in the image, where nothing uses it "
            f"again: {FLAG} is not among its arguments.",
            f"In line {line}, write: pip install {FLAG} -r {self.manifest}",
        )


def _leaves_no_cache(lineage: Sequence[Instruction], install: Install) -> bool:
    if any(word.startswith(_SHORTEST_FLAG) and FLAG.startswith(word) for word in install.command.argv):
        return True
    if any(map(_keeps_cache_out, install.instruction.flag_values("mount"))):
        return True
    commands = install.instruction.commands
    place = next(number for number, one in enumerate(commands) if one is install.command)
    if any(one.program == "rm" and ".cache" in " ".join(one.argv) for one in commands[place + 1 :]):
        return True
    # pip takes any value but an empty one for yes, 0 and false too.
    settings = [value for name, value in _settings(lineage, install) if name == VARIABLE]
    return bool(settings) and settings[-1] != ""


def _keeps_cache_out(mount: str) -> bool:
    options = dict(option.partition("=")[::2] for option in mount.split(","))
    target = options.get("target") or options.get("dst") or options.get("destination") or ""
    return options.get("type") == "cache" and any(part in _CACHE_FOLDERS for part in target.split("/"))


def _settings(lineage: Sequence[Instruction], install: Install) -> Iterator[tuple[str, str]]:
    """Names and values of the install's environment, in the order in which they are set."""
    for instruction in lineage:
        if instruction is install.instruction:
            break
        if instruction.name == "ARG":
            yield from (_assignment(argument) for argument in instruction.arguments)
        if instruction.name == "ENV":
            yield from zip(instruction.arguments[::2], instruction.arguments[1::2], strict=False)
    for command in install.instruction.commands:
        if command is install.command:
            break
        if command.program == "export":
            yield from (_assignment(argument) for argument in command.argv[1:])
    yield from install.command.assignments.items()


def _assignment(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value
