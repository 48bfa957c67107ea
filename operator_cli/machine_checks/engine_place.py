"""The engine runs on this very machine, not on another and not in a virtual machine of its own."""

from __future__ import annotations

import os

from .check import Check, Finding, Group, failed, passed
from .engine_facts import EngineFacts
from .machine import Machine

_MEND = "unset DOCKER_HOST, then: containrlab prepare"


def judge_engine_place(engine: EngineFacts, kernel: str) -> Finding:
    """`kernel` is this machine's release."""
    if not engine.address.startswith("unix://"):
        return failed(f"DOCKER_HOST is {engine.address}", _MEND)
    its_kernel = engine.info.get("KernelVersion")
    if its_kernel != kernel:
        system = engine.info.get("OperatingSystem", "another machine")
        return failed(f"the engine runs on kernel {its_kernel} ({system}), this machine on {kernel}", _MEND)
    return passed(f"this machine's, with its data in {engine.data_root}")


def _look(machine: Machine) -> Finding:
    return judge_engine_place(machine.engine(), os.uname().release)


ENGINE_PLACE = Check(
    "engine_place",
    Group.ENGINE,
    "The hub reaches sessions on their bridges, and the firewall closes those bridges, so both must be here.",
    _look,
)
