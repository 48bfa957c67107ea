"""Which kind of bounded disk this machine can give a session.

In the order in which they are taken (`spawner.disk_provider`): an ext4 in a file of its own (loop), an xfs
with project quotas, memory (tmpfs), none. Nothing is mounted to find out.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spawner.disk_provider import TMPFS_KERNEL

from .check import Check, Finding, Fix, Group, passed, warned
from .engine_facts import version_number
from .kernel_module import load_modules
from .machine import Machine

_MOUNTS = Path("/proc/self/mounts")
_LOOP_CONTROL = Path("/dev/loop-control")
_PROJECT_QUOTA = frozenset({"prjquota", "pquota"})


@dataclass(frozen=True)
class MountPoint:
    """One line of ``/proc/self/mounts``."""

    folder: str
    filesystem: str
    options: frozenset[str]


@dataclass(frozen=True)
class DiskMeans:
    """Readings."""

    data_root: MountPoint
    has_loop: bool
    has_mkfs: bool
    kernel: str


def parse_mounts(text: str) -> list[MountPoint]:
    """The mounts; spaces in names are written as octal there."""
    rows = [line.split() for line in text.splitlines()]
    return [
        MountPoint(row[1].replace("\\040", " "), row[2], frozenset(row[3].split(",")))
        for row in rows
        if len(row) >= 4
    ]


def find_mount(mounts: Sequence[MountPoint], folder: Path) -> MountPoint:
    """The one that `folder` is on: the last of the deepest."""
    above = {str(path) for path in (folder, *folder.parents)}
    found = MountPoint("/", "unknown", frozenset())
    for mount in mounts:
        if mount.folder in above and len(mount.folder) >= len(found.folder):
            found = mount
    return found


def judge_disk_quota(seen: DiskMeans) -> Finding:
    """Passes where the disk is bounded and is not taken from memory."""
    root = seen.data_root
    if seen.has_loop and seen.has_mkfs:
        return passed(f"an ext4 of its own for each, by loop ({root.folder} is {root.filesystem})")
    if root.filesystem == "xfs" and root.options & _PROJECT_QUOTA:
        return passed(f"project quotas of the xfs on {root.folder}")
    lacking = "mkfs.ext4" if seen.has_loop else str(_LOOP_CONTROL)
    mend = (
        "apt-get update && apt-get install e2fsprogs"
        if seen.has_loop
        else "modprobe loop (in a container: run it with its loop devices)"
    )
    fix: Fix = _install if seen.has_loop else load_modules("loop")
    if version_number(seen.kernel) >= TMPFS_KERNEL:
        return warned(f"memory only (tmpfs), which counts against the session's: no {lacking}", mend, fix)
    return warned(f"none: no {lacking}, and kernel {seen.kernel} cannot use memory instead", mend, fix)


def _look(machine: Machine) -> Finding:
    mounts = parse_mounts(_MOUNTS.read_text(encoding="utf-8"))
    return judge_disk_quota(
        DiskMeans(
            data_root=find_mount(mounts, Path(machine.local_engine().data_root)),
            has_loop=_LOOP_CONTROL.exists(),
            has_mkfs=shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
            is not None,
            kernel=os.uname().release,
        )
    )


def _install(machine: Machine) -> str:
    machine.packages.install("e2fsprogs")
    return "installed e2fsprogs"


DISK_QUOTA = Check(
    "disk_quota",
    Group.ROOM,
    "Without one, a learner's build can fill the disk that all sessions are on.",
    _look,
)
