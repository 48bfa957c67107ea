"""The machine's memory, and how many sessions fit it."""

from __future__ import annotations

import os

from hub_config.capacity import SESSION_BYTES, SYSTEM_BYTES, count_sessions

from .check import Check, Finding, Group, failed, passed, warned
from .machine import Machine

_MEND = "use a machine with more memory, 1.5 GB for each learner who works at the same time"


def judge_memory(memory_bytes: int, judge_sandboxes: int) -> Finding:
    """Fails where not one session fits beside the system, warns where the judge's sandboxes do not."""
    size = f"{memory_bytes / 1e9:.1f} GB"
    if memory_bytes < SYSTEM_BYTES + SESSION_BYTES:
        return failed(f"{size}, too little for one session", _MEND)
    if memory_bytes < SYSTEM_BYTES + (1 + judge_sandboxes) * SESSION_BYTES:
        return warned(
            f"{size}: one session, but not {judge_sandboxes} judge sandboxes beside it",
            f"{_MEND}, or: export CONTAINRLAB_JUDGE_SANDBOXES=1",
        )
    sessions = count_sessions(memory_bytes, judge_sandboxes)
    return passed(f"{size}: {sessions} sessions at once beside {judge_sandboxes} judge sandboxes")


def _look(machine: Machine) -> Finding:
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return judge_memory(memory_bytes, machine.settings.judge_sandboxes)


MEMORY = Check(
    "memory", Group.ROOM, "The hub lets as many sessions run as fit it; later ones are told to wait.", _look
)
