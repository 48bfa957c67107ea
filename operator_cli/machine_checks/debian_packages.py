"""The Debian packages that `containrlab prepare` installs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from ..prepare import PACKAGES
from .check import Check, Finding, Group, failed, passed, warned
from .machine import Machine


def judge_packages(missing: Sequence[str], has_apt: bool) -> Finding:
    """What is missing is a warning, since `up` installs it, unless it cannot."""
    if not has_apt:
        return failed(f"no apt-get here to install {', '.join(PACKAGES)} with", "use Debian or Ubuntu")
    if not missing:
        return passed(f"{', '.join(PACKAGES)} are installed")
    return warned(
        f"not installed yet: {', '.join(missing)}",
        f"apt-get update && apt-get install {' '.join(missing)}",
        fix=_install,
    )


def _install(machine: Machine) -> str:
    missing = machine.packages.find_missing(*PACKAGES)
    machine.packages.install(*missing)
    return f"installed {', '.join(missing)}"


def _look(machine: Machine) -> Finding:
    if shutil.which("apt-get") is None:
        return judge_packages(PACKAGES, has_apt=False)
    return judge_packages(machine.packages.find_missing(*PACKAGES), has_apt=True)


DEBIAN_PACKAGES = Check("packages", Group.COURSE, "The egress proxy and the firewall come from them.", _look)
