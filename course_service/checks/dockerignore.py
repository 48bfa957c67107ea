"""`.dockerignore` really keeps folders out of the build context, by the engine's own word.

Files that nobody can have listed by name are put into each folder, in a context of the sandbox's own that has
the learner's ignore file, and the engine is asked to copy the context out again. What comes out was let
through, whatever the patterns look like.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ..errors import SandboxFault
from ..sandbox import Run, Sandbox
from ..submission import DOCKERFILE, Submission
from ..verdict import Failure, FailureCode
from .check import Check, Need, Workbench

IGNORE_FILE = ".dockerignore"
OVERRIDING_IGNORE_FILE = f"{DOCKERFILE}.dockerignore"
"""The engine takes this one, where it is there, and not `.dockerignore`."""

_PROBE = "/workspace/probe"
_PROBE_SCRIPT = (
    'cd "$0" && '
    "docker build --progress=plain --file recipe/Dockerfile --output type=local,dest=output context && "
    'echo "$1" && find output -type f -printf "%P\\n"'
)

_SEGMENT = r"\.?[A-Za-z0-9_-][A-Za-z0-9._-]*"
FolderName = Annotated[str, StringConstraints(pattern=f"^{_SEGMENT}(/{_SEGMENT})*$")]


class Dockerignore(Check):
    """Every folder of `excludes` stays out of the context with all that is in it."""

    kind: Literal["dockerignore"]
    excludes: tuple[FolderName, ...] = Field(min_length=1)
    codes: ClassVar[tuple[FailureCode, ...]] = (
        FailureCode.DOCKERIGNORE_MISSING,
        FailureCode.DOCKERIGNORE_MISSING_ENTRIES,
    )
    needs: ClassVar[frozenset[Need]] = frozenset({Need.SANDBOX})
    doing: ClassVar[str] = "Asking the engine what your .dockerignore leaves out"

    def inspect(self, submission: Submission) -> Sequence[Failure] | None:
        if IGNORE_FILE in submission.files or OVERRIDING_IGNORE_FILE in submission.files:
            return None
        return (
            self.failure(
                FailureCode.DOCKERIGNORE_MISSING,
                f"There is no {IGNORE_FILE} file, so `docker build` sends everything in the folder to the "
                f"engine, {_listed(self.excludes)} included.",
                f"Create a file named {IGNORE_FILE} beside your Dockerfile, with one line for each: "
                f"{_listed(self.excludes)}",
            ),
        )

    def run(self, workbench: Workbench) -> Sequence[Failure]:
        nonce = secrets.token_hex(8)
        canaries = {folder: _canaries(folder, nonce) for folder in self.excludes}
        _lay_out(workbench.sandbox, workbench.submission, canaries.values())
        probe = workbench.sandbox.run(["bash", "-c", _PROBE_SCRIPT, _PROBE, nonce], timeout_seconds=30)
        if not probe.succeeded:
            return (self._unreadable(probe),)
        in_context = set(probe.lines[probe.lines.index(nonce) :])
        let_through = [folder for folder in self.excludes if in_context.intersection(canaries[folder])]
        return (self._let_through(let_through, workbench.submission),) if let_through else ()

    def _let_through(self, folders: list[str], submission: Submission) -> Failure:
        message = f"Your {IGNORE_FILE} does not keep {_listed(folders)} out of the build context."
        if OVERRIDING_IGNORE_FILE in submission.files:
            message += (
                f" (The engine read {OVERRIDING_IGNORE_FILE}: where it exists, it replaces {IGNORE_FILE}.)"
            )
        return self.failure(
            FailureCode.DOCKERIGNORE_MISSING_ENTRIES,
            message,
            f"Put each on a line of its own: {_listed(folders)}. A line that begins with ! lets things in.",
        )

    def _unreadable(self, build: Run) -> Failure:
        last = next((line for line in reversed(build.lines) if line.startswith("ERROR: ")), None)
        if last is None:
            raise SandboxFault("The sandbox's Docker engine did not answer what is in the build context.")
        return self.failure(
            FailureCode.DOCKERIGNORE_MISSING_ENTRIES,
            f"The engine cannot use your {IGNORE_FILE}. It says: {last.removeprefix('ERROR: ')[:300]}",
            "Write plain folder names, one on each line.",
        )


def _canaries(folder: str, nonce: str) -> tuple[str, ...]:
    return (f"{folder}/{nonce}", f"{folder}/lib/{nonce}.py")


def _lay_out(sandbox: Sandbox, submission: Submission, canaries: Iterable[Iterable[str]]) -> None:
    files = {f"context/{path}": b"" for paths in canaries for path in paths}
    files[f"recipe/{DOCKERFILE}"] = b"FROM scratch\nCOPY . /\n"
    # The engine looks for one ignore file in the context, and for the other beside the Dockerfile.
    for path, folder in ((IGNORE_FILE, "context"), (OVERRIDING_IGNORE_FILE, "recipe")):
        if path in submission.files:
            files[f"{folder}/{path}"] = submission.files[path]
    sandbox.write(files, folder=_PROBE)


def _listed(folders: Sequence[str]) -> str:
    return ", ".join(f"{folder}/" for folder in folders)
