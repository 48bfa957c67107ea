"""The kernel's limits that all sessions share, how high a class needs them, and the one way to raise them.

Every session runs as host uid 1000, and the kernel counts most of these by uid: with the usual 128 inotify
instances one learner's session can take them all, and every other session's file watchers then fail with
EMFILE. What is taken is charged to the memory of the session's cgroup, so with limits that do not fit in
that, a session meets its own memory limit first.

Limits are only ever raised, at once and, by a file in /etc/sysctl.d, at the next boot.
"""

from __future__ import annotations

from collections.abc import Sequence
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


_DOES_NOT_FIT = 2**27  # of things that take 100 bytes of kernel memory or more: 13 GB of one session's 1.5
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")

KERNEL_LIMITS = (
    KernelLimit("fs.inotify.max_user_instances", _DOES_NOT_FIT),
    KernelLimit("fs.inotify.max_user_watches", _DOES_NOT_FIT),
    KernelLimit("fs.epoll.max_user_watches", _DOES_NOT_FIT),  # every connection of a server is one
    KernelLimit("fs.file-max", _DOES_NOT_FIT),
    # Each session's engine needs one of most kinds, and each of its containers too.
    *(KernelLimit(f"user.max_{kind}_namespaces", _DOES_NOT_FIT) for kind in _NAMESPACES),
    KernelLimit("kernel.pid_max", 2**22),  # the most that there can be; 32768 is 64 sessions' processes
)


def find_low_limits(proc_sys: Path | None = None) -> list[tuple[KernelLimit, int]]:
    """The limits that are lower than wanted, each with what it is now."""
    read = [(limit, limit.read(proc_sys or PROC_SYS)) for limit in KERNEL_LIMITS]
    return [(limit, now) for limit, now in read if now is not None and now < limit.wanted]


def raise_kernel_limits(proc_sys: Path | None = None, sysctl_file: Path | None = None) -> list[str]:
    """Raise what is too low, now and for the next boot; returns the lines of what was raised.

    Raises `KernelLimitRefused` for what could not be, when the others are raised.
    """
    proc_sys, sysctl_file = proc_sys or PROC_SYS, sysctl_file or SYSCTL_FILE
    low = find_low_limits(proc_sys)
    if not low:
        return []
    refused: list[tuple[KernelLimit, OSError]] = []
    for limit, _ in low:
        try:
            limit.file(proc_sys).write_text(str(limit.wanted), encoding="ascii")
        except OSError as error:  # in a container, or without CAP_SYS_RESOURCE: some may be ours to raise
            refused.append((limit, error))
    try:
        sysctl_file.parent.mkdir(parents=True, exist_ok=True)
        sysctl_file.write_text(render_sysctl_file(), encoding="ascii")
    except OSError as error:
        raise _refusal(list(KERNEL_LIMITS), error) from error
    if refused:
        raise _refusal([limit for limit, _ in refused], refused[0][1])
    return [f"{limit.name} {now} → {limit.wanted}" for limit, now in low]


def _refusal(limits: list[KernelLimit], error: OSError) -> KernelLimitRefused:
    return KernelLimitRefused(
        "A limit of the kernel could not be raised", str(error), f"sudo {raising_command(limits)}"
    )


def render_sysctl_file() -> str:
    """The file for the next boot: every limit, whether it is low today or not."""
    lines = (f"{limit.name} = {limit.wanted}\n" for limit in KERNEL_LIMITS)
    return f"# Written by containrlab: limits that all sessions of a class share.\n{''.join(lines)}"


def raising_command(limits: Sequence[KernelLimit] = KERNEL_LIMITS) -> str:
    """What to type instead, by hand, until the next boot."""
    return f"sysctl -w {' '.join(f'{limit.name}={limit.wanted}' for limit in limits)}"
