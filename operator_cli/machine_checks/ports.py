"""The ports that a course listens on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..listeners import find_listener
from ..packages import is_root
from ..ports import course_ports, is_free
from .check import Check, Finding, Group, failed, needs_root, passed
from .machine import Machine

_PRIVILEGED_BELOW = 1024  # ip(7)


@dataclass(frozen=True)
class TakenPort:
    """A port of ours that somebody listens on."""

    number: int
    setting: str
    is_ours: bool
    program: str = ""
    """Empty where that cannot be seen."""


def judge_ports(wanted: Sequence[int], taken: Sequence[TakenPort]) -> Finding:
    """What our own course has is as it should be; `up` ends what a killed one left."""
    others = [port for port in taken if not port.is_ours]
    if others:
        seen = ", ".join(f"{port.number} is used by {port.program or 'another program'}" for port in others)
        first = others[0]
        mend = f"end that program (ss -ltnp names it), or: export {first.setting}={first.number + 1000}"
        return failed(seen, mend)
    ours = {port.number for port in taken}
    states = {"used by this course": sorted(ours), "free": [port for port in wanted if port not in ours]}
    parts = [f"{', '.join(map(str, ports))}: {state}" for state, ports in states.items() if ports]
    return passed("; ".join(parts))


def _look(machine: Machine) -> Finding:
    ports = course_ports(machine.settings)
    if not is_root() and any(port.number < _PRIVILEGED_BELOW for port in ports):
        raise needs_root()  # to listen there, which is how a port is tried
    taken = []
    for port in ports:
        if not is_free(port.number, port.address):
            listener = find_listener(port.number)
            is_ours = listener is not None and listener.belongs_to(machine.settings.state_dir)
            taken.append(TakenPort(port.number, port.setting, is_ours, listener.program if listener else ""))
    return judge_ports([port.number for port in ports], taken)


PORTS = Check(
    "ports", Group.NETWORK, "A course cannot start where another program has one of its ports.", _look
)
