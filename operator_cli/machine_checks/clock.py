"""This machine's clock, against the Date that registries answer with."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from .check import Check, Finding, Group, NotLookedAt, failed, passed, warned
from .machine import Machine

WARN_SECONDS, FAIL_SECONDS = 5, 60
_MEND = "timedatectl set-ntp true"


def judge_clock(ahead: Sequence[float]) -> Finding:
    """By the median of what the hosts say, since one of them can be wrong itself; seconds, to about one."""
    off = median(ahead)
    seen = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} {len(ahead)} registries"
    if abs(off) > FAIL_SECONDS:
        return failed(seen, _MEND)
    if abs(off) > WARN_SECONDS:
        return warned(seen, _MEND)
    return passed(f"within {max(1, round(abs(off)))} s of {len(ahead)} registries")


def _look(machine: Machine) -> Finding:
    ahead = [answer.clock_ahead for answer in machine.registries() if answer.clock_ahead is not None]
    if not ahead:
        raise NotLookedAt("no registry answered with a date")
    return judge_clock(ahead)


CLOCK = Check("clock", Group.NETWORK, "TLS and the end of each session are told by it.", _look)
