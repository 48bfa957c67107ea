"""What a session may use and reach, in no engine's words.

A policy is rendered to an engine's arguments elsewhere (`docker_rendering`), so that another engine can be
given the same promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3


class Egress(StrEnum):
    """What a session reaches outside the machine."""

    NONE = "none"
    PACKAGES = "packages"


@dataclass(frozen=True, kw_only=True)
class SessionPolicy:
    """Caps and isolation of one session or judge sandbox."""

    memory_bytes: int = 3 * GIBIBYTE // 2
    cpus: float = 1.0
    processes: int = 512
    open_files: int = 16384
    log_bytes: int = 5 * MEBIBYTE
    temporary_bytes: int = 200 * MEBIBYTE
    home_bytes: int = 64 * MEBIBYTE
    disk_bytes: int = 2 * GIBIBYTE
    """All that is written to `/workspace` and by the inner engine, where the machine can hold it to that."""
    disk_files: int = 200_000
    egress: Egress = Egress.PACKAGES
