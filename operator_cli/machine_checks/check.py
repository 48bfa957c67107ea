"""A check of the machine, and what it finds.

Each check is a file with three parts: readings (a frozen dataclass), a function that takes them from this
machine, and a pure one that judges them, so that the judgement is tested on readings of other machines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .machine import Machine


class Status(StrEnum):
    """How bad it is."""

    PASS = "pass"  # noqa: S105 - not a password
    WARN = "warn"
    """A course runs, but with less than it could have; or it could not be looked at."""
    FAIL = "fail"
    """A course does not run, or does not keep a promise."""


class Group(StrEnum):
    """Under which heading a check is shown."""

    ENGINE = "Docker engine"
    KERNEL = "Kernel"
    NETWORK = "Network"
    ROOM = "Room"
    COURSE = "Course"


Fix = Callable[["Machine"], str]
"""Mends it, safely, and says what it did. Raises `OperatorError` or `OSError`."""


@dataclass(frozen=True)
class Finding:
    """What one check saw."""

    status: Status
    seen: str
    mend: str = ""
    """A command, or a sentence where no command does it."""
    fix: Fix | None = None
    """Only where it can be undone and nobody but us could mind."""


@dataclass(frozen=True)
class Check:
    """One check: its name for programs, why it matters in one sentence, and how it is looked at."""

    name: str
    group: Group
    why: str
    look: Callable[[Machine], Finding]
    """May raise `NotLookedAt`."""


@dataclass(frozen=True)
class Result:
    """A check with its finding."""

    check: Check
    finding: Finding


class NotLookedAt(Exception):
    """The check could not look; `mend` is what would let it."""

    def __init__(self, reason: str, mend: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


def needs_root() -> NotLookedAt:
    """For what only root may read."""
    return NotLookedAt("needs root", "sudo -E containrlab doctor")


def passed(seen: str) -> Finding:
    """As it should be."""
    return Finding(Status.PASS, seen)


def warned(seen: str, mend: str, fix: Fix | None = None) -> Finding:
    """A course runs, but with less than it could have."""
    return Finding(Status.WARN, seen, mend, fix)


def failed(seen: str, mend: str, fix: Fix | None = None) -> Finding:
    """A course does not run, or does not keep a promise."""
    return Finding(Status.FAIL, seen, mend, fix)
