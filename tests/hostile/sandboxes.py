"""Runs a row through the real judge, and counts what is on this machine before, while and after it runs."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import docker

from course_service.judge import SandboxFactory, judge, sandbox_factory
from course_service.sandbox import SUBMISSION_FOLDER, Sandbox
from course_service.submission import Submission
from course_service.verdict import JudgeResult
from hub_config.settings import Settings
from tests.host_inventory import DiskWatch, HostInventory

from .labs import LABS
from .row import SandboxRow

OWNER = "o'brien"
HUB_PORT = b"@HUB_PORT@"
_CLEAR_SCRIPT = (
    "docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes > /dev/null && "
    'rm -rf "$0" /workspace/probe'
)
_HARMLESS_CONTROLS = "\n\t"


@dataclass(frozen=True)
class Seen:
    """What came of a row."""

    result: JudgeResult
    progress: list[Mapping[str, Any]]
    seconds: float
    sandboxes: int
    """How many were opened."""
    left_behind: list[str]
    disk_taken: int
    """Bytes by which the host's free space shrank at most while it ran."""
    disk_kept: int
    """Bytes by which it was smaller afterwards."""

    @property
    def outcome(self) -> str:
        if not self.result.graded:
            return f"not graded: {self.result.notes.fault}"
        return ", ".join(self.codes) or "passed"

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(failure.code.value for failure in self.result.failures)

    def unclean_texts(self) -> list[str]:
        """Texts of the result and of the progress with a character that a page or a terminal might obey."""
        return [text for text in _texts([self.result.to_json(), *self.progress]) if not is_clean(text)]


class SandboxRunner:
    """Rows that mean no harm to their sandbox share one; a fierce one gets its own."""

    def __init__(self, settings: Settings, engine: docker.APIClient) -> None:
        self._settings = settings
        self._inventory = HostInventory(engine, settings)
        self._shared: Sandbox | None = None
        self._stack = ExitStack()

    def run(self, row: SandboxRow) -> Seen:
        """Judge the row's folder."""
        port = str(self._settings.port).encode()
        submission = Submission(
            {path: content.replace(HUB_PORT, port) for path, content in row.content.items()}
        )
        if not row.is_fierce:
            self._make_ready()
        lab, progress, opened = LABS[row.lab], [], []
        before = self._inventory.count()
        with DiskWatch.running() as disk:
            started = time.monotonic()
            result = judge(lab, submission, self._opening(row, opened), progress.append)
            seconds = time.monotonic() - started
        return Seen(
            result,
            progress,
            seconds,
            len(opened),
            self._inventory.left_behind(before, opened),
            disk.most_taken(),
            disk.still_taken(),
        )

    def close(self) -> list[str]:
        """Let the shared sandbox go; what is left of it and of all others."""
        self._stack.close()
        return self._inventory.names_in_engine()

    def _opening(self, row: SandboxRow, opened: list[str]) -> SandboxFactory:
        @contextmanager
        def open_one() -> Iterator[Sandbox]:
            with self._own(row) if row.is_fierce else self._borrow() as sandbox:
                opened.append(self._inventory.container_id(sandbox.container))
                yield sandbox

        return open_one

    def _own(self, row: SandboxRow) -> Any:
        return sandbox_factory(self._settings, LABS[row.lab], OWNER)()

    @contextmanager
    def _borrow(self) -> Iterator[Sandbox]:
        assert self._shared is not None
        yield self._shared

    def _make_ready(self) -> None:
        """The shared sandbox, with nothing in it of the row before."""
        if self._shared is None:
            self._shared = self._stack.enter_context(sandbox_factory(self._settings, LABS["short"], OWNER)())
        run = self._shared.run(["bash", "-c", _CLEAR_SCRIPT, SUBMISSION_FOLDER], timeout_seconds=60)
        assert run.succeeded, f"the shared sandbox is broken, so the row before is fierce: {run.output}"


def is_clean(text: str) -> bool:
    """True without control, format and surrogate characters, but newline and tab."""
    return all(
        character in _HARMLESS_CONTROLS
        or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in text
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield key
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
