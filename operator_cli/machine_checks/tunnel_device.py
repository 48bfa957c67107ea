"""The one device that a session is given: /dev/net/tun."""

from __future__ import annotations

import stat
from pathlib import Path

from .check import Check, Finding, Group, failed, passed
from .kernel_module import load_modules
from .machine import Machine

DEVICE = Path("/dev/net/tun")


def judge_tunnel_device(is_there: bool) -> Finding:
    """Whether the node is there; its mode does not matter, the session's entry point opens its own copy."""
    if is_there:
        return passed(f"{DEVICE} is there")
    return failed(
        f"there is no {DEVICE}",
        "modprobe tun (in a container: start it with --device /dev/net/tun)",
        fix=load_modules("tun"),
    )


def _look(_machine: Machine) -> Finding:
    return judge_tunnel_device(DEVICE.exists() and stat.S_ISCHR(DEVICE.stat().st_mode))


TUNNEL_DEVICE = Check(
    "tunnel_device", Group.KERNEL, "The network of a session's containers goes through it.", _look
)
