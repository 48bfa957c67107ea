"""The session image, the lab base images and the shared image store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from spawner.docker_engine import connect_engine

from ..images import find_outdated
from .check import Check, Finding, Group, passed, warned
from .engine_facts import ANSWER_SECONDS
from .machine import Machine


def judge_images(outdated: Sequence[str]) -> Finding:
    """A warning, since `up` builds what is missing; but that takes minutes."""
    if not outdated:
        return passed("built and up to date")
    return warned(f"missing or out of date: {', '.join(outdated)}", "containrlab images build")


def _look(machine: Machine) -> Finding:
    machine.engine()
    with closing(connect_engine(timeout_seconds=ANSWER_SECONDS)) as engine:
        return judge_images(find_outdated(engine, machine.settings, machine.packages, machine.progress))


IMAGES = Check("images", Group.COURSE, "Sessions start from them; building them takes minutes.", _look)
