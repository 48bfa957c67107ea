"""The Docker engine answers, is Docker's, and is new enough."""

from __future__ import annotations

from contextlib import closing

from ..engine import ensure_engine
from .check import Check, Finding, Group, failed, passed, warned
from .engine_facts import EngineFacts, EngineSilent
from .machine import Machine

OLDEST = (20, 10, 0)
"""The first with API 1.41, which knows a private cgroup namespace (``CgroupnsMode``)."""

_DNS_FIXES = ((23, 0, 11), (25, 0, 5))
_DNS_FIXED_FROM = (26, 0, 0)
_UPGRADE = "upgrade it to 26 or newer: https://docs.docker.com/engine/install/"


def has_dns_leak(number: tuple[int, ...]) -> bool:
    """True for CVE-2024-29018: an internal network's names are asked of the machine's own resolver.

    Fixed in 23.0.11, 25.0.5 and 26.0.0 (GHSA-mq39-4gv4-mvpx); a distribution may have mended an older one
    without showing it in the version.
    """
    is_fixed_in_its_line = any(number[:2] == fix[:2] and number >= fix for fix in _DNS_FIXES)
    return number < _DNS_FIXED_FROM and not is_fixed_in_its_line


def judge_engine(engine: EngineFacts) -> Finding:
    """Whose engine it is, and how old."""
    text = engine.version.get("Version", "of unknown version")
    if engine.is_podman:
        return failed(
            f"Podman {text} answers at {engine.address} in Docker's place",
            "unset DOCKER_HOST, or remove podman-docker; then: containrlab prepare",
        )
    if engine.has_option("rootless"):
        return failed(
            f"the engine at {engine.address} is rootless: its networks are out of the hub's and the "
            "firewall's reach",
            "use the machine's own engine: unset DOCKER_HOST, then: containrlab prepare",
        )
    if engine.number < OLDEST:
        return failed(f"Docker {text}, older than {OLDEST[0]}.{OLDEST[1]}", _UPGRADE)
    if has_dns_leak(engine.number):
        return warned(
            f"Docker {text}, which by its version lets questions for names out of internal networks "
            "(CVE-2024-29018); sessions are started with a resolver that keeps them in",
            _UPGRADE,
        )
    is_live = engine.info.get("LiveRestoreEnabled")
    restart = "outlive" if is_live else "end with"
    return passed(f"Docker {text} at {engine.address}; sessions {restart} a restart of it")


def _look(machine: Machine) -> Finding:
    try:
        return judge_engine(machine.engine())
    except EngineSilent as silence:
        return failed(silence.reason, silence.mend, fix=_start)


def _start(machine: Machine) -> str:
    with closing(ensure_engine(machine.settings, machine.packages, machine.progress)) as engine:
        return f"Docker {engine.version(api_version=False)['Version']} answers"


ENGINE = Check("engine", Group.ENGINE, "Sessions and judge sandboxes are its containers.", _look)
