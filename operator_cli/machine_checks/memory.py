"""The machine's memory, and how many sessions fit it."""

from __future__ import annotations

from hub_config.capacity import SESSION_BYTES, SYSTEM_BYTES, count_sessions, read_memory_bytes

from .check import Check, Finding, Group, failed, passed, warned
from .machine import Machine

_MEND = "use a machine with more memory, 1.5 GB for each learner who works at the same time"


def judge_memory(memory_bytes: int, judge_sandboxes: int, sessions: int | None = None) -> Finding:
    """Fails where not one session fits beside the system; warns where the judge's sandboxes do not.

    Warns also where `sessions`, set by the operator, are more than fit.
    """
    size = f"{memory_bytes / 1e9:.1f} GB"
    if memory_bytes < SYSTEM_BYTES + SESSION_BYTES:
        return failed(f"{size}, too little for one session", _MEND)
    if memory_bytes < SYSTEM_BYTES + (1 + judge_sandboxes) * SESSION_BYTES:
        return warned(
            f"{size}: one session, but not {judge_sandboxes} judge sandboxes beside it",
            f"{_MEND}, or: export CONTAINRLAB_JUDGE_SANDBOXES=1",
        )
    fitting = count_sessions(memory_bytes, judge_sandboxes)
    if sessions and sessions > fitting:
        return warned(
            f"{size}: CONTAINRLAB_SESSIONS is {sessions}, but {fitting} sessions fit beside "
            f"{judge_sandboxes} judge sandboxes",
            f"{_MEND}, or: export CONTAINRLAB_SESSIONS={fitting}",
        )
    allowed = f" (CONTAINRLAB_SESSIONS; {fitting} fit)" if sessions else ""
    return passed(
        f"{size}: {sessions or fitting} sessions at once{allowed} beside {judge_sandboxes} judge sandboxes"
    )


def _look(machine: Machine) -> Finding:
    settings = machine.settings
    return judge_memory(read_memory_bytes(), settings.judge_sandboxes, settings.sessions)


MEMORY = Check(
    "memory", Group.ROOM, "The hub lets as many sessions run as fit it; later ones wait in a line.", _look
)
