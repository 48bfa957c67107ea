"""Attacks that have a test of their own."""

from __future__ import annotations

from dataclasses import dataclass

from .attack import Vantage


@dataclass(frozen=True)
class SingleAttack:
    """A row of the table."""

    name: str
    vantage: str
    expected: str
    held_by: str


OWN_LIMITS = SingleAttack(
    "start with more than the policy gives",
    "hub",
    "all as the policy says",
    "spawner/docker_rendering.py, read back from the engine",
)
FORGED_ENGINE = SingleAttack(
    "put a forged engine in the place of the session's, and have the untouched starter judged",
    Vantage.LEARNER.value,
    "docker_build_failed, dockerignore_missing",
    "the judge builds what was sent on an engine of its own, and asks the session nothing",
)
FALSE_ACTIVITY = SingleAttack(
    "report activity for one's own idle session",
    "token",
    "200, its start stays",
    "a session ends by its start, which the hub alone writes, and not by its activity",
)
LEFT_BEHIND = SingleAttack(
    "leave something on the machine after the session's end",
    Vantage.LEARNER.value,
    "nothing left",
    "the container goes by its name, network and disks by its key",
)
SPREAD_MOUNT = SingleAttack(
    "mount something where the machine or a neighbour sees it",
    Vantage.LEARNER.value,
    "seen in their own engine alone",
    "a session's mounts are slaves: what is mounted in it goes nowhere",
)
SHOWN_TOKEN = SingleAttack(
    "find a session's token in what the engine shows: description, processes, log",
    "machine",
    "not there",
    "a token goes to the server's standard input, which one client may attach to, once",
)
STOLEN_TOKEN = SingleAttack(
    "use the token of a session that has ended",
    "token",
    "403",
    "the hub takes it back at once, and the course service asks again after 30 s",
)
SINGLE_ATTACKS = (
    *(OWN_LIMITS, SHOWN_TOKEN, SPREAD_MOUNT, FORGED_ENGINE, FALSE_ACTIVITY, LEFT_BEHIND),
    STOLEN_TOKEN,
)
