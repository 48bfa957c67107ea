"""AppArmor's restriction of user namespaces, which Ubuntu turns on from 24.04 on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..kernel_limits import KernelLimit
from .check import Check, Finding, Group, failed, passed, warned
from .machine import Machine

_RESTRICTION = KernelLimit("kernel.apparmor_restrict_unprivileged_userns", 0)
_PROFILES = Path("/etc/apparmor.d")
_LIFT = (
    f"sysctl -w {_RESTRICTION.name}=0 && echo {_RESTRICTION.name}=0 > /etc/sysctl.d/60-apparmor-userns.conf"
)


@dataclass(frozen=True)
class AppArmor:
    """Readings."""

    restriction: int | None
    """None where the kernel has no such switch: no AppArmor, or one without the restriction."""
    profile: str | None
    """The file of a profile for /usr/bin/rootlesskit that has the rule ``userns``."""


def judge_apparmor(seen: AppArmor) -> Finding:
    """A profile for rootlesskit lets it through, since a session runs it under that path, unconfined.

    Ubuntu 24.04's package apparmor brings one (docker/docker-ce-packaging#952). Not mended by --fix: it
    opens something for every program of the machine.
    """
    if not seen.restriction:
        return passed("user namespaces are not restricted")
    if seen.profile:
        return warned(
            f"{_RESTRICTION.name} is {seen.restriction}; {seen.profile} lets sessions' rootlesskit through",
            f"where sessions do not start all the same: {_LIFT}",
        )
    return failed(f"{_RESTRICTION.name} is {seen.restriction}, and no profile is for rootlesskit", _LIFT)


def find_profile(folder: Path) -> str | None:
    """The profile for rootlesskit, as Ubuntu and Docker's packages write it."""
    if not folder.is_dir():
        return None
    for file in sorted(folder.glob("*rootlesskit*")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if "/usr/bin/rootlesskit" in text and "userns," in text:
            return str(file)
    return None


def _look(_machine: Machine) -> Finding:
    return judge_apparmor(AppArmor(_RESTRICTION.read(), find_profile(_PROFILES)))


APPARMOR = Check(
    "apparmor",
    Group.KERNEL,
    "It lets a program make a user namespace and do nothing in it, so that no session's engine starts.",
    _look,
)
