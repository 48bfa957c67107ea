"""SELinux, where it is enforced on containers."""

from __future__ import annotations

from pathlib import Path

from .check import Check, Finding, Group, passed, warned
from .engine_facts import EngineFacts
from .machine import Machine

ENFORCE = Path("/sys/fs/selinux/enforce")


def judge_selinux(is_enforcing: bool, engine: EngineFacts) -> Finding:
    """It binds containers only where the engine labels them (``selinux-enabled``)."""
    if not is_enforcing:
        return passed("not enforcing")
    if not engine.has_option("selinux"):
        return passed("enforcing, and the engine leaves containers out of it")
    return warned(
        "enforcing on containers, under which sessions are not tested",
        'where sessions do not start: "selinux-enabled": false in /etc/docker/daemon.json, then restart it',
    )


def _look(machine: Machine) -> Finding:
    is_enforcing = ENFORCE.exists() and ENFORCE.read_text(encoding="ascii").strip() == "1"
    if not is_enforcing:
        return passed("not enforcing")
    return judge_selinux(is_enforcing, machine.engine())


SELINUX = Check(
    "selinux",
    Group.KERNEL,
    "Its policy for containers can refuse the mounts that a session's engine makes.",
    _look,
)
