"""What a session may use and reach, in no engine's words.

A policy is rendered to an engine's arguments elsewhere (`docker_rendering`), so that another engine can be
given the same promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3
FILES_PER_MEBIBYTE = 100
"""Files that come with each MiB of a disk: twice as many as a Python or Node environment has."""


class Egress(StrEnum):
    """What a session reaches outside the machine."""

    NONE = "none"
    PACKAGES = "packages"


@dataclass(frozen=True)
class DiskLimit:
    """Most bytes and most files of a disk; the file system's own bookkeeping counts too."""

    bytes: int
    files: int

    @classmethod
    def of_mebibytes(cls, mebibytes: int) -> DiskLimit:
        """So many MiB, with the files that come with them."""
        return cls(mebibytes * MEBIBYTE, mebibytes * FILES_PER_MEBIBYTE)


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
    engine_data: DiskLimit = DiskLimit(4 * GIBIBYTE, 409_600)
    """What the inner engine writes; in a judge sandbox, that and `/workspace`."""
    workspace: DiskLimit = DiskLimit(GIBIBYTE, 102_400)
    egress: Egress = Egress.PACKAGES
    runtime: str = ""
    """The engine's runtime by name; empty: the engine's default."""
