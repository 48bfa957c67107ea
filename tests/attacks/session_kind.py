"""The two ways in which a session comes to be, each of which is attacked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TypeVar

import docker

from spawner.docker_rendering import WORKSPACE_MOUNT_POINT
from spawner.labels import SESSION

Answer = TypeVar("Answer")


class Kind(StrEnum):
    """How a session came to its learner."""

    COLD = "cold"
    """Made when they came."""
    CLAIMED = "claimed"
    """Made before anybody came, and claimed from the warm pool."""


def of_both(function: Callable[[Kind], Answer]) -> dict[Kind, Answer]:
    """Call it for both kinds at once."""
    with ThreadPoolExecutor(len(Kind)) as executor:
        return dict(zip(Kind, executor.map(function, Kind), strict=True))


def say_of_both(seen: Mapping[Kind, str]) -> str:
    """Once, where both are the same."""
    told = set(seen.values())
    return told.pop() if len(told) == 1 else "; ".join(f"{words} ({kind})" for kind, words in seen.items())


def find_kind(engine: docker.APIClient, name: str, waited: set[str]) -> Kind:
    """Of the session of this name; `waited` are the keys of those that were seen to wait.

    By its key, which has waited or not; and by its workspace, which is a volume where it was made when its
    learner came. Raises `AssertionError` where they say two things.
    """
    inspected = engine.inspect_container(name)
    (workspace,) = (one for one in inspected["Mounts"] if one["Destination"] == WORKSPACE_MOUNT_POINT)
    by_key = Kind.CLAIMED if inspected["Config"]["Labels"][SESSION] in waited else Kind.COLD
    by_workspace = Kind.COLD if workspace["Type"] == "volume" else Kind.CLAIMED
    assert by_key is by_workspace, f"{name} is {by_key} by its key, and {by_workspace} by its workspace"
    return by_key
