"""User namespaces, which every session's rootless engine makes."""

from __future__ import annotations

from dataclasses import dataclass

from ..kernel_limits import KernelLimit
from .check import Check, Finding, Group, failed, passed, warned
from .machine import Machine

FEW = 1024
"""Counted for uid 1000, which all sessions share, and each takes one and more for its containers."""

_MAX = KernelLimit("user.max_user_namespaces", FEW)
_DEBIAN_SWITCH = KernelLimit("kernel.unprivileged_userns_clone", 1)  # Debian's own patch; others lack it


@dataclass(frozen=True)
class UserNamespaces:
    """Readings; None where the kernel has no such switch."""

    most: int | None
    unprivileged: int | None


def judge_user_namespaces(seen: UserNamespaces) -> Finding:
    """Not mended by --fix: who turned them off had a reason."""
    if seen.most is None:
        return failed(
            "this kernel has none", "use a kernel with CONFIG_USER_NS, such as Debian's or Ubuntu's"
        )
    if seen.unprivileged == 0:
        return failed(f"{_DEBIAN_SWITCH.name} is 0", _for_good(_DEBIAN_SWITCH))
    if seen.most == 0:
        return failed(f"{_MAX.name} is 0", _for_good(KernelLimit(_MAX.name, 65536)))
    if seen.most < FEW:
        return warned(
            f"{_MAX.name} is {seen.most}, for all sessions together",
            _for_good(KernelLimit(_MAX.name, 65536)),
        )
    return passed(f"{_MAX.name} is {seen.most}")


def _for_good(switch: KernelLimit) -> str:
    setting = f"{switch.name}={switch.wanted}"
    return f"sysctl -w {setting} && echo {setting} > /etc/sysctl.d/60-user-namespaces.conf"


def _look(_machine: Machine) -> Finding:
    return judge_user_namespaces(UserNamespaces(_MAX.read(), _DEBIAN_SWITCH.read()))


USER_NAMESPACES = Check(
    "user_namespaces",
    Group.KERNEL,
    "A session's engine runs in one, and so has no right on this machine.",
    _look,
)
