"""The image does not contain what only building needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ..errors import SandboxFault
from ..sandbox import Run
from ..verdict import Failure, FailureCode
from .check import RUNNING_CODES, ImageCheck, Workbench
from .engine_life import find_refusal

CONTAINER = "containrlab-listed"
LISTING_SECONDS = 60
_MOST_LINES = 20
_LONGEST_EXAMPLE = 100
# Nothing was found only where the listing came to its end; grep ends it as soon as enough was found.
_LIST_SCRIPT = (
    'docker export "$0" | tar -tf - | grep -a -m "$1" -E -e "$2"; ended=("${PIPESTATUS[@]}"); '
    'test "${ended[2]}" = 0 || test "${ended[*]}" = "0 0 1"'
)

PathPattern = Annotated[str, StringConstraints(pattern=r"^/?[A-Za-z0-9@._*-]+(/[A-Za-z0-9@._*-]+)*$")]


class ImageExcludes(ImageCheck):
    """No file or folder of the image, as the engine exports it, is one of `paths`.

    Paths count from the image's root; ``*`` stands for a name or a part of one, ``**/`` for any number of
    folders.
    """

    kind: Literal["image_excludes"]
    paths: tuple[PathPattern, ...] = Field(min_length=1)
    why: str = "An image that runs an app needs nothing of this."
    codes: ClassVar[tuple[FailureCode, ...]] = (
        FailureCode.UNWANTED_IN_IMAGE,
        *RUNNING_CODES,
    )
    doing: ClassVar[str] = "Looking for what does not belong in your image"

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        sandbox = workbench.sandbox
        created = sandbox.run(
            ["docker", "create", "--name", CONTAINER, workbench.built.tag, "true"], timeout_seconds=20
        )
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
        matches = (_first_match(path, listing.lines) for path in self.paths)
        examples = dict.fromkeys(match for match in matches if match)
        if not examples:
            return ()
        return (
            self.failure(
                FailureCode.UNWANTED_IN_IMAGE,
                f"The image contains what does not belong there: {', '.join(examples)}. {self.why}",
                "Copy into the last stage only what the app needs to run, each by its name.",
            ),
        )

    def _cannot_be_opened(self, created: Run) -> Failure:
        refusal = find_refusal(created)
        if created.timed_out or refusal is None:
            raise SandboxFault("The sandbox's Docker engine did not open the image.")
        return self.failure(
            FailureCode.DOCKER_RUN_FAILED,
            f"The image builds, but no container of it can be made. The engine says: {refusal[:400]}",
            "Look at VOLUME, STOPSIGNAL and the like in your Dockerfile: which one does the engine refuse?",
        )


def path_expression(path: str) -> str:
    """The extended regular expression of what is, or lies below, `path`.

    >>> path_expression("app/*/type*")
    '^app/[^/]+/type[^/]*(/|$)'
    """
    names = [_name_expression(name) for name in path.removeprefix("/").split("/")]
    return f"^{'/'.join(names).replace('**/', '(.*/)?')}(/|$)"


def _name_expression(name: str) -> str:
    if name == "**":
        return name
    # A lone star is at least one letter: a folder's own line ends with a slash.
    return "[^/]+" if name == "*" else "[^/]*".join(part.replace(".", "[.]") for part in name.split("*"))


def _first_match(path: str, lines: Sequence[str]) -> str | None:
    expression = re.compile(path_expression(path))
    return next((f"/{line[:_LONGEST_EXAMPLE]}" for line in lines if expression.match(line)), None)
