"""The runtime that the engine starts containers with."""

from __future__ import annotations

from .check import Check, Finding, Group, passed, warned
from .engine_facts import EngineFacts
from .machine import Machine

TESTED = ("runc", "crun")
_ALIASES = ("io.containerd.",)


def judge_runtime(engine: EngineFacts) -> Finding:
    """The default one; others that are installed are named."""
    default = str(engine.info.get("DefaultRuntime", "unknown"))
    others = sorted(
        name
        for name in engine.info.get("Runtimes") or ()
        if name != default and not name.startswith(_ALIASES)
    )
    seen = "; also installed: ".join([default, *([", ".join(others)] if others else [])])
    if default in TESTED:
        return passed(seen)
    return warned(
        f"{seen}; sessions are tested with {' and '.join(TESTED)}",
        'set "default-runtime": "runc" in /etc/docker/daemon.json, and restart the engine',
    )


def _look(machine: Machine) -> Finding:
    return judge_runtime(machine.engine())


RUNTIME = Check(
    "runtime",
    Group.ENGINE,
    "It sets up the namespaces in which a session starts an engine of its own.",
    _look,
)
