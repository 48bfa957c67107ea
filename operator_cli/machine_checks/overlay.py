"""The kernel has overlayfs."""

from __future__ import annotations

from pathlib import Path

from .check import Check, Finding, Group, failed, passed
from .kernel_module import load_modules
from .machine import Machine

FILESYSTEMS = Path("/proc/filesystems")


def judge_overlay(filesystems: str) -> Finding:
    """By the text of ``/proc/filesystems``: one a line, with ``nodev`` before those without a device."""
    names = {line.split()[-1] for line in filesystems.splitlines() if line.strip()}
    if "overlay" in names:
        return passed("overlay")
    return failed(
        "overlay is not among the kernel's file systems", "modprobe overlay", fix=load_modules("overlay")
    )


def _look(_machine: Machine) -> Finding:
    return judge_overlay(FILESYSTEMS.read_text(encoding="ascii"))


OVERLAY = Check(
    "overlay",
    Group.KERNEL,
    "Images are laid over each other by it, in the machine and in every session.",
    _look,
)
