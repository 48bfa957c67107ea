"""The kernel's limits that all sessions share, how high a class needs them, and the one way to raise them.

Every session runs as host uid 1000, and the kernel counts these by uid: with the usual 128 inotify instances
one learner's session can take them all, and every other session's file watchers then fail with EMFILE.
Limits are only ever raised, at once and, by a file in /etc/sysctl.d, at the next boot.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .errors import KernelLimitRefused

PROC_SYS = Path("/proc/sys")
SYSCTL_FILE = Path("/etc/sysctl.d/60-containrlab.conf")


@dataclass(frozen=True)
class KernelLimit:
    """One number of sysctl(8), and the least that we want of it."""

    name: str
    wanted: int

    def read(self, proc_sys: Path = PROC_SYS) -> int | None:
        """What it is now; None where this kernel has no such limit."""
        try:
            return int(self.file(proc_sys).read_text(encoding="ascii"))
        except FileNotFoundError:
            return None

    def file(self, proc_sys: Path = PROC_SYS) -> Path:
        """Where the kernel shows it."""
        return proc_sys / self.name.replace(".", "/")


KERNEL_LIMITS = (
    # Above what fits a session's memory: an instance and a watch each take about 1 KB of kernel memory, which
    # is charged to the session's cgroup (inotify(7); SLAB_ACCOUNT since Linux 5.11).
    KernelLimit("fs.inotify.max_user_instances", 2**20),
    KernelLimit("fs.inotify.max_user_watches", 2**22),
)


def find_low_limits(proc_sys: Path | None = None) -> list[tuple[KernelLimit, int]]:
    """The limits that are lower than wanted, each with what it is now."""
    read = [(limit, limit.read(proc_sys or PROC_SYS)) for limit in KERNEL_LIMITS]
    return [(limit, now) for limit, now in read if now is not None and now < limit.wanted]


def raise_kernel_limits(proc_sys: Path | None = None, sysctl_file: Path | None = None) -> list[str]:
    """Raise what is too low, now and for the next boot; returns the lines of what was raised.

    Raises `KernelLimitRefused`, for one where we are not root.
    """
    proc_sys, sysctl_file = proc_sys or PROC_SYS, sysctl_file or SYSCTL_FILE
    low = find_low_limits(proc_sys)
    if not low:
        return []
    try:
        for limit, _ in low:
            limit.file(proc_sys).write_text(str(limit.wanted), encoding="ascii")
        sysctl_file.parent.mkdir(parents=True, exist_ok=True)
        sysctl_file.write_text(render_sysctl_file(), encoding="ascii")
    except OSError as error:
        raise KernelLimitRefused(
            "A limit of the kernel could not be raised", str(error), f"sudo {raising_command()}"
        ) from error
    return [f"{limit.name} {now} → {limit.wanted}" for limit, now in low]


def render_sysctl_file() -> str:
    """The file for the next boot: every limit, whether it is low today or not."""
    lines = (f"{limit.name} = {limit.wanted}\n" for limit in KERNEL_LIMITS)
    return f"# Written by containrlab: limits that all sessions of a class share.\n{''.join(lines)}"


def raising_command() -> str:
    """What to type instead, by hand, until the next boot."""
    return f"sysctl -w {' '.join(f'{limit.name}={limit.wanted}' for limit in KERNEL_LIMITS)}"
