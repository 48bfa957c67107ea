"""One image build in the engine: its steps as progress, and the end of its log where it fails."""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import docker
from docker.errors import APIError, ImageNotFound

from spawner.docker_engine import engine_errors

from .build_context import BuildContext
from .errors import ImageBuildFailed
from .progress import Progress

SUBSTITUTE = "containrlab.substitute"
"""Label of an image that stands in for one of a registry."""

_KEPT_LINES = 30
_SHOWN_COMMAND = 70
_STEP = re.compile(r"^Step (\d+)/(\d+) : (.*)$")


def build_image(
    engine: docker.APIClient,
    context: BuildContext,
    *,
    tag: str,
    labels: Mapping[str, str],
    progress: Progress,
) -> None:
    """Build `context`'s Dockerfile as `tag`, in place of an older one. Raises `ImageBuildFailed`."""
    before = find_image(engine, tag)
    with engine_errors():
        # The classic builder: it needs no session protocol, and every engine from 20.10 on has it.
        events = engine.build(
            fileobj=io.BytesIO(context.as_tar()),
            custom_context=True,
            tag=tag,
            labels=dict(labels),
            network_mode="host",
            rm=True,
            forcerm=True,
            decode=True,
        )
        follow_build(tag, events, progress)
    if before is not None:
        _remove_replaced(engine, before)


def follow_build(tag: str, events: Iterable[Mapping[str, Any]], progress: Progress) -> None:
    """Report a build's event stream to its end. Raises `ImageBuildFailed` where it reports an error."""
    step = "the build's start"
    log: deque[str] = deque(maxlen=_KEPT_LINES)
    for event in events:
        for line in str(event.get("stream", "")).splitlines():
            if not line.strip():
                continue
            log.append(line.rstrip())
            if found := _STEP.match(line):
                step = describe_step(*found.groups())
                progress.update(step)
        if "error" in event:
            raise ImageBuildFailed(
                f"The image {tag} could not be built",
                f"{step} failed: {str(event['error']).strip()}",
                "mend what the log above says, then: containrlab images build",
                log_tail=tuple(log),
            )


def describe_step(number: str, count: str, instruction: str) -> str:
    """A build step as an operator reads it.

    >>> describe_step("2", "19", "RUN apt-get update  && apt-get install -y git")
    'Step 2 of 19: RUN apt-get update && apt-get install -y git'
    """
    command = " ".join(instruction.split())
    if len(command) > _SHOWN_COMMAND:
        command = f"{command[: _SHOWN_COMMAND - 1]}…"
    return f"Step {number} of {count}: {command}"


def find_image(engine: docker.APIClient, tag: str) -> dict[str, Any] | None:
    """What the engine says of the image `tag`, or None where it has none."""
    with engine_errors():
        try:
            facts: dict[str, Any] = engine.inspect_image(tag)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            return None
    return facts


def image_labels(facts: Mapping[str, Any]) -> dict[str, str]:
    """The labels of an image as `find_image` gives it; an imported one has null there."""
    return dict(facts["Config"].get("Labels") or {})


def _remove_replaced(engine: docker.APIClient, before: Mapping[str, Any]) -> None:
    """Give the old image's disk back, unless it has another name, or a container or image stands on it."""
    now = find_image(engine, before["Id"])
    if now is not None and not now["RepoTags"]:
        with engine_errors(), suppress(APIError):
            engine.remove_image(before["Id"])
