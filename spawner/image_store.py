"""The shared, read-only store of lab images that every session's engine starts on.

A store is a volume that a seeding container filled once (`operator_cli`). That container, ended with exit
code 0, is kept: it is the proof that the volume is complete, and it keeps ``docker volume prune`` from
taking the volume away.
"""

from __future__ import annotations

import docker

from .docker_engine import engine_errors
from .errors import ImageStoreMissing
from .labels import ROLE, Role

MOUNT_POINT = "/images"
"""Where sessions see the store, read-only."""

SEEDING_MOUNT_POINT = "/engine"
"""Where the seeding container had it: as its engine's data root."""


def find_image_store(engine: docker.APIClient) -> str:
    """The name of the newest complete store's volume; stores are shared by all instances on an engine.

    Raises `ImageStoreMissing` where none is complete, and `EngineUnavailable`.
    """
    complete = {"label": [f"{ROLE}={Role.IMAGE_STORE}"], "status": ["exited"], "exited": ["0"]}
    with engine_errors():
        seeders = engine.containers(all=True, filters=complete)
    newest_first = sorted(seeders, key=lambda seeder: int(seeder["Created"]), reverse=True)
    for seeder in newest_first:
        for mount in seeder["Mounts"]:
            if mount["Destination"] == SEEDING_MOUNT_POINT:
                return str(mount["Name"])
    raise ImageStoreMissing("No complete image store; run: containrlab images build")
