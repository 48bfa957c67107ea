"""The kernel's version."""

from __future__ import annotations

import os

from .check import Check, Finding, Group, failed, passed
from .engine_facts import version_number
from .machine import Machine

OLDEST = (5, 11, 0)
"""The first in which a user namespace may mount overlayfs (kernel commit 459c7c565ac3)."""


def judge_kernel(release: str) -> Finding:
    """By the release as ``uname -r`` gives it."""
    oldest = f"{OLDEST[0]}.{OLDEST[1]}"
    if version_number(release) >= OLDEST:
        return passed(f"{release} (from {oldest} on)")
    return failed(
        f"{release}, older than {oldest}",
        "upgrade to Debian 12, Ubuntu 24.04 or newer, and restart the machine",
    )


def _look(_machine: Machine) -> Finding:
    return judge_kernel(os.uname().release)


KERNEL = Check(
    "kernel",
    Group.KERNEL,
    "A session's engine mounts overlayfs in a user namespace, which older ones refuse.",
    _look,
)
