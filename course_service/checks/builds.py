"""The image builds: BuildKit, a fixed command line, bounded time and output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from spawner.session_policy import MEBIBYTE, Egress

from ..errors import SandboxFault
from ..sandbox import SUBMISSION_FOLDER, Run, Sandbox
from ..verdict import BuiltImage, Failure, FailureCode, Layer
from .build_error import explain_build_failure, may_be_the_registrys_fault
from .check import NPROC_LIMIT, Check, Need, Workbench
from .registry_probe import find_silent_registry

TAG = "containrlab-judged:latest"
_LONGEST_COMMAND = 400
"""Characters of a layer's command that are kept; 127 layers, which is the most there can be, then fit."""
_LOOK_SCRIPT = (
    'docker image inspect --format "{{.Id}}" "$0" && '
    'docker history --no-trunc --human=false --format "{{.Size}} {{json .CreatedBy}}" "$0" | cut -c "1-$1"'
)
OUTPUT_LIMIT = MEBIBYTE
"""Bytes that a build may print; a build that prints more is ended."""


class Builds(Check):
    """``docker build`` of the submission ends well; makes the image that later checks need."""

    kind: Literal["builds"]
    timeout_seconds: int = Field(default=120, ge=5, le=900)
    codes: ClassVar[tuple[FailureCode, ...]] = (
        FailureCode.DOCKER_BUILD_FAILED,
        FailureCode.BASE_IMAGE_UNAVAILABLE,
        FailureCode.BUILD_TIMEOUT,
        FailureCode.OUTPUT_LIMIT,
        FailureCode.OUT_OF_MEMORY,
        FailureCode.DISK_FULL,
        FailureCode.NETWORK_REFUSED,
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SANDBOX})
    doing: ClassVar[str] = "Building your image"

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        sandbox = workbench.sandbox
        run = sandbox.run(
            build_command(workbench.egress, TAG),
            timeout_seconds=self.timeout_seconds,
            output_limit=OUTPUT_LIMIT,
            on_line=workbench.show_log_line,
        )
        workbench.build_log.extend(run.lines)
        if run.succeeded:
            workbench.build_seconds = run.seconds
            workbench.image = _look_at_image(sandbox, TAG)
            return ()
        failure = explain_failed_build(workbench, run, time_limit=self.timeout_seconds)
        return (self.failure(failure.code, failure.message, failure.hint),)


def explain_failed_build(workbench: Workbench, run: Run, *, time_limit: int) -> Failure:
    """Why the build `run` failed. Raises `SandboxFault` where it was not the submission."""
    sandbox = workbench.sandbox
    if may_be_the_registrys_fault(run):
        silent = find_silent_registry(sandbox, workbench.egress, run)
        if silent is not None:
            raise SandboxFault(
                f"The package registry {silent} did not answer while your image was built. That is not a "
                "mistake of yours: please check again in a few minutes."
            )
    return explain_build_failure(
        run,
        time_limit=time_limit,
        output_limit=OUTPUT_LIMIT,
        base_images=workbench.base_images,
        met_memory_limit=sandbox.met_memory_limit(),
    )


def build_command(egress: Egress, tag: str) -> list[str]:
    """The one way in which a submission is built, as `tag`."""
    # Without attestations the image's digest is the image's, and the export is quicker.
    command = [
        "docker",
        "build",
        "--progress=plain",
        "--provenance=false",
        "--sbom=false",
        *NPROC_LIMIT,
        "--tag",
        tag,
    ]
    if egress is Egress.NONE:
        command.append("--network=none")
    return [*command, SUBMISSION_FOLDER]


def _look_at_image(sandbox: Sandbox, tag: str) -> BuiltImage:
    look = sandbox.run(
        ["bash", "-o", "pipefail", "-c", _LOOK_SCRIPT, tag, str(_LONGEST_COMMAND)], timeout_seconds=30
    )
    if not look.succeeded or not look.lines:
        raise SandboxFault("The sandbox's Docker engine did not say what it had built.")
    digest, *history = look.lines
    # The engine lists the newest first; a reader follows a Dockerfile from its top.
    return BuiltImage(tag=tag, digest=digest, layers=tuple(map(_parse_layer, reversed(history))))


def _parse_layer(line: str) -> Layer:
    size, _, command = line.partition(" ")
    try:
        return Layer(_decode_command(command), int(size))
    except ValueError as error:
        raise SandboxFault("The sandbox's Docker engine did not say what it had built.") from error


def _decode_command(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return f"{text.removeprefix(chr(34))}…"  # its end was cut off
