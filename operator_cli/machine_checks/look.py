"""Carries out checks all at once, each within a time limit, so that none can make the command hang."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from .check import Check, Finding, NotLookedAt, Result, Status, needs_root
from .machine import Machine

LIMIT_SECONDS = 15.0
_TELL_SECONDS = 1.0


def look_at_machine(
    machine: Machine, checks: Sequence[Check], *, limit_seconds: float = LIMIT_SECONDS
) -> list[Result]:
    """The result of each check, in their order; takes `limit_seconds` at most."""
    findings: dict[str, Finding] = {}

    def look(check: Check) -> None:
        findings[check.name] = _look(check, machine)

    # Daemons: one that hangs in a system call must not keep the command from ending.
    threads = {check.name: threading.Thread(target=look, args=(check,), daemon=True) for check in checks}
    for thread in threads.values():
        thread.start()
    _wait(threads, machine, limit_seconds)
    late = _not_looked_at(NotLookedAt(f"no answer within {limit_seconds:g} s"))
    return [Result(check, findings.get(check.name, late)) for check in checks]


def _wait(threads: dict[str, threading.Thread], machine: Machine, limit_seconds: float) -> None:
    deadline = time.monotonic() + limit_seconds
    while waiting := [name for name, thread in threads.items() if thread.is_alive()]:
        left = deadline - time.monotonic()
        if left <= 0:
            return
        threads[waiting[0]].join(min(left, _TELL_SECONDS))
        if threads[waiting[0]].is_alive():
            machine.progress.update(f"waiting for {', '.join(waiting)}")


def _look(check: Check, machine: Machine) -> Finding:
    try:
        return check.look(machine)
    except NotLookedAt as refusal:
        return _not_looked_at(refusal)
    except PermissionError:
        return _not_looked_at(needs_root())
    except Exception as error:
        # One check's fault must not cost the operator the others; it is shown in that check's line.
        return _not_looked_at(NotLookedAt(f"{type(error).__name__}: {error}"))


def _not_looked_at(refusal: NotLookedAt) -> Finding:
    return Finding(Status.WARN, f"not looked at: {refusal.reason}", refusal.mend)
