"""What is mounted on this machine, as the kernel tells this process (proc_pid_mountinfo(5))."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path("/proc/self/mountinfo")


@dataclass(frozen=True)
class MountPoint:
    """One mount; the last one at a path is the one that is seen there."""

    path: Path
    is_shared: bool
    """Whether mounts below it reach other namespaces."""


def list_mounts(path: Path) -> list[MountPoint]:
    """Every mount at exactly this path, the oldest first. A bind of a folder on itself is one too."""
    place = path.resolve()
    # Lines end with a newline and nothing else: names of others' mounts may have any other character.
    lines = os.fsdecode(_TABLE.read_bytes()).rstrip("\n").split("\n")
    return [mount for mount in map(_read, lines) if mount.path == place]


def _read(line: str) -> MountPoint:
    fields = line.split(" ")
    path = re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
    optional = fields[6 : fields.index("-")]
    return MountPoint(Path(path), any(field.startswith("shared:") for field in optional))
