"""The pip install that installs the requirements leaves no download cache in the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from ..parsed_dockerfile import Instruction
from ..submission import Submission
from ..verdict import Failure, FailureCode
from .check import Check
from .installer import Install, Installer, find_install

FLAG = "--no-cache-dir"
VARIABLE = "PIP_NO_CACHE_DIR"


class PipNoCache(Check):
    """By ``--no-cache-dir``, by ``PIP_NO_CACHE_DIR``, or by a cache mount, which never becomes a layer."""

    kind: Literal["pip_no_cache"]
    manifest: str = Field(min_length=1)

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        parsed = submission.dockerfile
        if parsed is None:
            return None
        for stage in reversed(parsed.stages):
            lineage = parsed.lineage(stage)
            install = find_install(lineage, Installer.PIP, self.manifest)
            if install is not None:
                return () if _leaves_no_cache(lineage, install) else (self._flag_missing(install),)
        return None  # nothing is installed; that is another check's to say

    def _flag_missing(self, install: Install) -> Failure:
        line = install.instruction.line
        return self.failure(
            FailureCode.PIP_CACHE_FLAG_MISSING,
            f"The pip install in line {line} keeps what it downloads in the image, where nothing uses it "
            f"again: {FLAG} is not among its arguments.",
            f"In line {line}, write: pip install {FLAG} -r {self.manifest}",
        )


def _leaves_no_cache(lineage: Sequence[Instruction], install: Install) -> bool:
    if FLAG in install.command.argv:
        return True
    if any("type=cache" in mount.split(",") for mount in install.instruction.flag_values("mount")):
        return True
    settings = [install.command.assignments.get(VARIABLE, "")]
    for instruction in lineage[: lineage.index(install.instruction)]:
        if instruction.name == "ENV" and VARIABLE in instruction.arguments[:-1]:
            settings.append(instruction.arguments[instruction.arguments.index(VARIABLE) + 1])
    return any(settings)  # to pip, any value but none at all turns its cache off, even "0" and "false"
