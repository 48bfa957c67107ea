"""A command in a container of the image prints what it should."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from ..errors import SandboxFault
from ..sandbox import Run
from ..verdict import Failure, FailureCode
from .check import NPROC_LIMIT, RUNNING_CODES, ImageCheck, Workbench
from .engine_life import lost_its_engine
from .nonce import fill_nonce, new_nonce

CONTAINER = "containrlab-command"
OUTPUT_LIMIT = 64 * 1024
_NOT_STARTED = 125  # the docker client's exit code for a container that the engine did not start


class CommandOutput(ImageCheck):
    """``docker run IMAGE command…`` ends with `exit_code` and prints `contains`.

    Without `command`, the image's own runs. ``{nonce}`` stands for a text that nobody can guess, the same in
    `command` and `contains`. A `contains` that stands in `command` is refused: an entry point that prints its
    arguments back would pass.
    """

    kind: Literal["command_output"]
    command: tuple[str, ...] = ()
    contains: str = ""
    exit_code: int = Field(default=0, ge=0, le=255)
    timeout_seconds: int = Field(default=30, ge=1, le=300)
    codes: ClassVar[tuple[FailureCode, ...]] = (FailureCode.COMMAND_OUTPUT_WRONG, *RUNNING_CODES)
    doing: ClassVar[str] = "Running a command in your image"

    @field_validator("contains")
    @classmethod
    def _is_not_in_the_command(cls, contains: str, info: ValidationInfo) -> str:
        if contains and contains in " ".join(info.data.get("command", ())):
            raise ValueError(
                "it stands in the command, so a program that only prints its command back would pass; "
                "expected a text that the command has to work out"
            )
        return contains

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        nonce = new_nonce()
        command = [fill_nonce(word, nonce) for word in self.command]
        sandbox = workbench.sandbox
        try:
            run = sandbox.run(
                ["docker", "run", "--name", CONTAINER, *NPROC_LIMIT, workbench.built.tag, *command],
                timeout_seconds=self.timeout_seconds,
                output_limit=OUTPUT_LIMIT,
            )
        finally:
            # A client that was stopped leaves its container running.
            sandbox.run(["docker", "rm", "--force", "--volumes", CONTAINER], timeout_seconds=30)
        if run.exit_code == _NOT_STARTED and lost_its_engine(sandbox, run):
            raise SandboxFault("The sandbox's Docker engine did not start the image.")
        problem = self._what_is_wrong(run, fill_nonce(self.contains, nonce))
        if problem is None:
            return ()
        asked = " ".join(command) or "the image's own command"
        printed = run.output[-300:] or "nothing"
        return (
            self.failure(
                FailureCode.COMMAND_OUTPUT_WRONG,
                f"In a container of your image, {asked} {problem}. It printed: {printed}",
                "Run it yourself: docker run --rm, the image's name, and that command.",
            ),
        )

    def _what_is_wrong(self, run: Run, contains: str) -> str | None:
        if run.over_limit:
            return f"printed more than {OUTPUT_LIMIT // 1024} KiB"
        if run.timed_out:
            return f"did not end within {self.timeout_seconds} seconds"
        if run.exit_code != self.exit_code:
            return f"ended with exit code {run.exit_code}; it must be {self.exit_code}"
        return None if contains in run.output else f"did not print {contains!r}"
