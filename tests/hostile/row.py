"""What a row of the corpus is: a hostile submission, and what must come of it.

`number` is the row of the threat list that it belongs to (docs/judge.md); None for what was added to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

BASE = "FROM python:3.13-slim\n"
IGNORE = {".dockerignore": b"venv\n__pycache__\n"}
PASSES: tuple[str, ...] = ()
"""The codes of a submission that is odd and yet right."""


@dataclass(frozen=True)
class ArchiveRow:
    """A body that a learner's server sends, and the refusal that it must get."""

    name: str
    number: int | None
    body: bytes = field(repr=False)
    problem: str
    """Part of the sentence that names what was odd."""
    too_large: bool = False

    @property
    def status(self) -> int:
        return 413 if self.too_large else 400


@dataclass(frozen=True)
class SandboxRow:
    """A folder, and the codes that it must get within `seconds`, the sandbox's start and end included."""

    name: str
    number: int | None
    files: Mapping[str, str | bytes] = field(repr=False)
    codes: tuple[str, ...]
    seconds: float = 30
    lab: str = "short"
    """One of `labs.LABS`."""
    is_fierce: bool = False
    """Means to harm its sandbox, and so gets one of its own; the others share one, one after another."""
    fills_disk: bool = False
    also: tuple[str, ...] = ()
    """A code that is as right, where it depends on the machine's speed which limit is met first."""
    said: str = ""
    """Part of what the learner must be told."""

    @property
    def expected(self) -> str:
        return " or ".join(
            [", ".join(self.codes) or "passed", *([", ".join(self.also)] if self.also else [])]
        )

    def expects(self, codes: tuple[str, ...]) -> bool:
        return codes == self.codes or (bool(self.also) and codes == self.also)

    @property
    def content(self) -> dict[str, bytes]:
        files = {**IGNORE, **self.files}
        return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}


@dataclass(frozen=True)
class RequestRow:
    """A request that lies about who asks, or asks for what is not there, and its answer."""

    name: str
    number: int | None
    status: int
    code: str
    method: str = "POST"
    path: str = "api/judge/lab1"
    token: str = "alice-token"
    headers: Mapping[str, str] = field(default_factory=dict)
