"""The limits that all sessions share: watched files, open files, namespaces, processes."""

from __future__ import annotations

from collections.abc import Sequence

from ..kernel_limits import KERNEL_LIMITS, KernelLimit, find_low_limits, raise_kernel_limits, raising_command
from .check import Check, Finding, Group, passed, warned
from .machine import Machine


def judge_inotify(low: Sequence[tuple[KernelLimit, int]]) -> Finding:
    """By the limits that are lower than wanted."""
    if not low:
        return passed(f"{', '.join(limit.name for limit in KERNEL_LIMITS)} are out of a session's reach")
    seen = ", ".join(f"{limit.name} is {now} (wanted: {limit.wanted})" for limit, now in low)
    return warned(seen, raising_command([limit for limit, _ in low]), fix=_raise)


def _raise(_machine: Machine) -> str:
    return ", ".join(raise_kernel_limits())


def _look(_machine: Machine) -> Finding:
    return judge_inotify(find_low_limits())


INOTIFY = Check(
    "inotify",
    Group.KERNEL,
    "All sessions share one uid, so without room to spare one of them could take what all others need.",
    _look,
)
