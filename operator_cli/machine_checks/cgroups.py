"""Control groups: which version, and whether memory, processes and processor time can be limited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .check import Check, Finding, Group, NotLookedAt, failed, passed
from .machine import Machine

NEEDED = ("memory", "pids", "cpu")
_ENGINE_SAYS = {"memory": "MemoryLimit", "pids": "PidsLimit", "cpu": "CpuCfsQuota"}
_V2_CONTROLLERS = Path("/sys/fs/cgroup/cgroup.controllers")
_V1_CONTROLLERS = Path("/proc/cgroups")


@dataclass(frozen=True)
class Cgroups:
    """Readings: what the kernel offers, and what the engine says that it can limit (empty: not asked)."""

    version: int
    controllers: frozenset[str]
    engine: Mapping[str, Any]


def parse_v1_controllers(text: str) -> frozenset[str]:
    """Of ``/proc/cgroups``, those that are enabled and mounted: hierarchy 0 is mounted nowhere as version 1.

    >>> text = "#subsys_name hierarchy num_cgroups enabled\\nmemory 4 9 1\\npids 0 9 1\\ncpu 1 2 0\\n"
    >>> parse_v1_controllers(text)
    frozenset({'memory'})
    """
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(name for name, hierarchy, _, enabled in rows if hierarchy != "0" and enabled == "1")


def judge_cgroups(seen: Cgroups) -> Finding:
    """What is missing, by the kernel or by the engine."""
    missing = [
        name
        for name in NEEDED
        if name not in seen.controllers or not seen.engine.get(_ENGINE_SAYS[name], True)
    ]
    if not missing:
        note = "" if seen.version == 2 else "; limits of learners' own containers have no effect in version 1"
        return passed(f"version {seen.version} with {', '.join(NEEDED)}{note}")
    if missing == ["memory"]:
        mend = (
            "add cgroup_enable=memory to GRUB_CMDLINE_LINUX in /etc/default/grub, then: update-grub && reboot"
        )
    else:
        mend = "use a kernel with these controllers (in a container: give it its own, --cgroupns private)"
    return failed(f"version {seen.version} without {', '.join(missing)}", mend)


def _look(machine: Machine) -> Finding:
    try:
        engine = machine.engine().info
    except NotLookedAt:
        engine = {}
    if _V2_CONTROLLERS.exists():
        controllers = frozenset(_V2_CONTROLLERS.read_text(encoding="ascii").split())
        return judge_cgroups(Cgroups(2, controllers, engine))
    controllers = parse_v1_controllers(_V1_CONTROLLERS.read_text(encoding="ascii"))
    return judge_cgroups(Cgroups(1, controllers, engine))


CGROUPS = Check(
    "cgroups",
    Group.KERNEL,
    "Without them a session could take all memory, processes and processors from the others.",
    _look,
)
