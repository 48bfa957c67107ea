"""The firewall: nft and the kernel's nf_tables, and our table while a course runs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..firewall import PACKAGE, find_missing_modules, is_firewall_loaded, load_firewall
from ..firewall_ruleset import table_name
from ..locks import is_locked
from ..packages import is_root
from ..up import UP_LOCK
from .check import Check, Finding, Group, failed, needs_root, passed
from .kernel_module import load_modules
from .machine import Machine

_SECONDS = 5
_UFW = Path("/etc/ufw/ufw.conf")


@dataclass(frozen=True)
class Firewall:
    """Readings."""

    has_nft: bool
    refusal: str = ""
    """What nft said where it could not list the tables."""
    lacks: tuple[str, ...] = ()
    """Modules of the kernel that our rules need, and that it neither has nor loads by itself."""
    table: str = ""
    is_loaded: bool = False
    course_runs: bool = False
    others: tuple[str, ...] = ()
    """Other tools that write rules: ufw, firewalld."""


def judge_firewall(seen: Firewall) -> Finding:
    """Our table is needed only while a course runs, and `up` loads it. The check `packages` installs nft."""
    if not seen.has_nft:
        return failed("there is no nft", f"apt-get update && apt-get install {PACKAGE}")
    if seen.refusal:
        return failed(
            f"nft answers: {seen.refusal}",
            "modprobe nf_tables (in a container: run it with NET_ADMIN)",
            fix=load_modules("nf_tables"),
        )
    if seen.lacks:
        return failed(
            f"the kernel lacks {', '.join(seen.lacks)}",
            f"modprobe -a {' '.join(seen.lacks)}, or start the distribution's own kernel",
            fix=load_modules(*seen.lacks),
        )
    if seen.course_runs and not seen.is_loaded:
        return failed(
            f"a course runs, and its table {seen.table} is gone", "containrlab doctor --fix", fix=_load
        )
    note = f"; {' and '.join(seen.others)} active, which our table comes before" if seen.others else ""
    if seen.is_loaded:
        return passed(f"the table {seen.table} is loaded{note}")
    return passed(f"nft works; no course runs now, so the table {seen.table} is not needed{note}")


def _look(machine: Machine) -> Finding:
    if shutil.which("nft") is None:
        return judge_firewall(Firewall(has_nft=False))
    if not is_root():
        raise needs_root()
    listing = subprocess.run(
        ["nft", "list", "tables"], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    return judge_firewall(
        Firewall(
            has_nft=True,
            refusal=listing.stderr.strip() if listing.returncode != 0 else "",
            lacks=tuple(find_missing_modules()),
            table=table_name(machine.settings),
            is_loaded=is_firewall_loaded(machine.settings),
            course_runs=is_locked(machine.settings, UP_LOCK),
            others=tuple(_others()),
        )
    )


def _others() -> list[str]:
    others = []
    if _UFW.exists() and "ENABLED=yes" in _UFW.read_text(encoding="utf-8").splitlines():
        others.append("ufw")
    if shutil.which("firewall-cmd"):
        state = subprocess.run(
            ["firewall-cmd", "--state"], capture_output=True, timeout=_SECONDS, check=False
        )
        if state.returncode == 0:
            others.append("firewalld")
    return others


def _load(machine: Machine) -> str:
    load_firewall(machine.settings, machine.packages)
    return f"loaded the table {table_name(machine.settings)}"


FIREWALL = Check(
    "firewall",
    Group.NETWORK,
    "It is what keeps sessions from each other, from this machine and from the network around it.",
    _look,
)
