"""One check that hangs, breaks or may not look costs its own line and nothing else."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable

import pytest

from hub_config.settings import Settings
from operator_cli.machine_checks import Check, Finding, Machine, Status, look_at_machine
from operator_cli.machine_checks.all_checks import ALL_CHECKS
from operator_cli.machine_checks.check import Group, NotLookedAt, passed
from operator_cli.progress import Progress


def make_check(name: str, look: Callable[[Machine], Finding]) -> Check:
    """A check of the test's own."""
    return Check(name, Group.COURSE, "It matters.", look)


def refuse(error: Exception) -> Callable[[Machine], Finding]:
    """A look that raises `error`."""

    def look(_machine: Machine) -> Finding:
        raise error

    return look


def test_names_are_one_of_a_kind_and_groups_stand_together():
    names = [check.name for check in ALL_CHECKS]
    assert len(set(names)) == len(names)
    groups = [check.group for check in ALL_CHECKS]
    assert groups == sorted(groups, key=list(Group).index)


@pytest.mark.parametrize(
    ("error", "seen", "mend"),
    [
        (NotLookedAt("no engine", "make one"), "not looked at: no engine", "make one"),
        (PermissionError(13, "denied"), "not looked at: needs root", "sudo -E containrlab doctor"),
        (ValueError("odd"), "not looked at: ValueError: odd", ""),
    ],
)
def test_check_that_cannot_look_is_a_warning(
    settings: Settings, progress: Progress, error: Exception, seen: str, mend: str
):
    checks = [make_check("broken", refuse(error)), make_check("fine", lambda _: passed("well"))]
    broken, fine = look_at_machine(Machine(settings, progress), checks)
    assert broken.finding == Finding(Status.WARN, seen, mend)
    assert fine.finding == passed("well")


def test_check_that_hangs_is_given_up(settings: Settings, progress: Progress, told: io.StringIO):
    for_ever = threading.Event()

    def hang(_machine: Machine) -> Finding:
        for_ever.wait(30)
        return passed("at last")

    checks = [make_check("stuck", hang), make_check("fine", lambda _: passed("well"))]
    started = time.monotonic()
    stuck, fine = look_at_machine(Machine(settings, progress), checks, limit_seconds=0.2)
    assert time.monotonic() - started < 15
    for_ever.set()
    assert stuck.finding == Finding(Status.WARN, "not looked at: no answer within 0.2 s")
    assert fine.finding == passed("well")
    assert "waiting for stuck" in told.getvalue()
