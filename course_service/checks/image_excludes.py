"""The image does not contain what only building needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ..errors import SandboxFault
from ..sandbox import Run
from ..verdict import Failure, FailureCode
from .check import ImageCheck, Workbench
from .engine_life import lost_its_engine

CONTAINER = "containrlab-listed"
LISTING_SECONDS = 60
_MOST_LINES = 20
_LIST_SCRIPT = 'docker export "$0" | tar -tf - | grep -a -m "$1" -E -e "$2"; test "${PIPESTATUS[2]}" -le 1'

PathPattern = Annotated[str, StringConstraints(pattern=r"^/?[A-Za-z0-9@._*-]+(/[A-Za-z0-9@._*-]+)*$")]


class ImageExcludes(ImageCheck):
    """No file of the image, as the engine exports it, is or lies below one of `paths`.

    Paths count from the image's root; ``*`` stands for any part of a name, ``**/`` for any number of folders.
    """

    kind: Literal["image_excludes"]
    paths: tuple[PathPattern, ...] = Field(min_length=1)
    why: str = "An image that runs an app needs nothing of this."
    doing: ClassVar[str] = "Looking for what does not belong in your image"

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        sandbox = workbench.sandbox
        created = sandbox.run(
            ["docker", "create", "--name", CONTAINER, workbench.built.tag, "true"], timeout_seconds=20
        )
        if created.timed_out or lost_its_engine(sandbox, created):
            raise SandboxFault("The sandbox's Docker engine did not open the image.")
        if not created.succeeded:
            return (self._cannot_be_opened(created),)
        expression = "|".join(map(path_expression, self.paths))
        try:
            listing = sandbox.run(
                ["bash", "-c", _LIST_SCRIPT, CONTAINER, str(_MOST_LINES), expression],
                timeout_seconds=LISTING_SECONDS,
            )
        finally:
            sandbox.run(["docker", "rm", "--force", "--volumes", CONTAINER], timeout_seconds=30)
        if not listing.succeeded:
            raise SandboxFault("The sandbox's Docker engine did not list what is in the image.")
        found = [path for path in self.paths if _is_among(path, listing.lines)]
        if not found:
            return ()
        return (
            self.failure(
                FailureCode.UNWANTED_IN_IMAGE,
                f"The image contains what does not belong there: {', '.join(found)} (for example "
                f"/{listing.lines[0][:200]}). {self.why}",
                "Copy into the last stage only what the app needs to run, each by its name.",
            ),
        )

    def _cannot_be_opened(self, created: Run) -> Failure:
        return self.failure(
            FailureCode.DOCKER_RUN_FAILED,
            "The image builds, but no container of it can be made. The engine says: "
            f"{created.output.strip()[:400]}",
            "Look at VOLUME, STOPSIGNAL and the like in your Dockerfile: which of them does the engine refuse?",
        )


def path_expression(path: str) -> str:
    """The extended regular expression of what is, or lies below, `path`.

    >>> path_expression("app/*/typescript")
    '^app/[^/]*/typescript(/|$)'
    """
    parts = re.split(r"(\*\*/|\*)", path.removeprefix("/"))
    words = {"**/": "(.*/)?", "*": "[^/]*"}
    return f"^{''.join(words.get(part) or re.escape(part) for part in parts)}(/|$)"


def _is_among(path: str, lines: Sequence[str]) -> bool:
    expression = re.compile(path_expression(path))
    return any(expression.match(line) for line in lines)
