"""The image builds: BuildKit, a fixed command line, bounded time and output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from spawner.session_policy import MEBIBYTE, Egress

from ..errors import SandboxFault
from ..sandbox import SUBMISSION_FOLDER, Sandbox
from ..verdict import BuiltImage, Failure, FailureCode, Layer
from .build_error import explain_build_failure
from .check import Check, Need, Workbench

TAG = "containrlab-judged:latest"
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
        failure = explain_build_failure(
            run,
            time_limit=self.timeout_seconds,
            output_limit=OUTPUT_LIMIT,
            base_images=workbench.base_images,
            met_memory_limit=sandbox.met_memory_limit(),
        )
        return (self.failure(failure.code, failure.message, failure.hint),)


def build_command(egress: Egress, tag: str) -> list[str]:
    """The one way in which a submission is built, as `tag`."""
    # Without attestations the image's digest is the image's, and the export is quicker.
    command = ["docker", "build", "--progress=plain", "--provenance=false", "--sbom=false", "--tag", tag]
    if egress is Egress.NONE:
        command.append("--network=none")
    return [*command, SUBMISSION_FOLDER]


def _look_at_image(sandbox: Sandbox, tag: str) -> BuiltImage:
    digest = sandbox.run(["docker", "image", "inspect", "--format", "{{.Id}}", tag], timeout_seconds=20)
    history = sandbox.run(
        ["docker", "history", "--no-trunc", "--human=false", "--format", "{{json .}}", tag],
        timeout_seconds=20,
    )
    if not (digest.succeeded and history.succeeded):
        raise SandboxFault("The sandbox's Docker engine did not say what it had built.")
    return BuiltImage(tag=tag, digest=digest.output.strip(), layers=_parse_history(history.lines))


def _parse_history(lines: Sequence[str]) -> tuple[Layer, ...]:
    try:
        entries = [json.loads(line) for line in lines if line]
        # The engine lists the newest first; a reader follows a Dockerfile from its top.
        return tuple(Layer(entry["CreatedBy"][:500], int(entry["Size"])) for entry in reversed(entries))
    except (ValueError, KeyError) as error:
        raise SandboxFault("The sandbox's Docker engine did not say what it had built.") from error
