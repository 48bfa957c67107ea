"""Whether a session's use of swap can be limited."""

from __future__ import annotations

import re
from pathlib import Path

from .check import Check, Finding, Group, passed, warned
from .machine import Machine

MEMINFO = Path("/proc/meminfo")


def parse_swap_bytes(meminfo: str) -> int:
    """The machine's swap, of ``/proc/meminfo``.

    >>> parse_swap_bytes("MemTotal: 8 kB\\nSwapTotal:  2048 kB\\n")
    2097152
    """
    found = re.search(r"^SwapTotal:\s+(\d+) kB$", meminfo, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def judge_swap_limit(can_limit: bool, swap_bytes: int) -> Finding:
    """`can_limit` is the engine's word (``SwapLimit``)."""
    if can_limit:
        return passed("the kernel counts swap for each session")
    if swap_bytes == 0:
        return passed("the kernel does not count it, and this machine has none")
    return warned(
        f"the kernel does not count it, and this machine has {swap_bytes / 1e9:.1f} GB",
        "add swapaccount=1 to GRUB_CMDLINE_LINUX in /etc/default/grub, then: update-grub && reboot; "
        "or, until the next boot: swapoff -a",
    )


def _look(machine: Machine) -> Finding:
    can_limit = bool(machine.local_engine().info.get("SwapLimit"))
    return judge_swap_limit(can_limit, parse_swap_bytes(MEMINFO.read_text(encoding="ascii")))


SWAP_LIMIT = Check(
    "swap_limit",
    Group.KERNEL,
    "A session that may swap without limit slows the disk down for everybody.",
    _look,
)
