"""Fills the shared image store: one volume of lab images that every session's engine starts on.

Which images it is to hold, when it is filled anew (`store_seeding`), and when an older one goes.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

import docker

from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.errors import ImageStoreMissing
from spawner.image_store import SEEDING_MOUNT_POINT, find_image_store
from spawner.labels import RECIPE, ROLE, Role, label_filters, make_labels, make_name

from .image_build import find_image, image_labels
from .progress import Progress
from .store_seeding import remove_store, seed_store

ENGINE_LABEL = "containrlab.engine"
"""The session image's label that names its engine's version, on whose layout on disk a store leans."""


def ensure_image_store(
    engine: docker.APIClient, settings: Settings, images: Mapping[str, str], progress: Progress
) -> None:
    """Make sure that the newest complete store holds exactly `images` (ids by tag).

    Raises `ImageStoreFailed`; nothing of the attempt is left then.
    """
    if is_store_current(engine, settings, images):
        progress.say("image store: up to date")
        return
    recipe = store_recipe(images, _engine_version(engine, settings.session_image))
    with engine_errors():
        _remove_unfinished(engine, settings.instance)
        with progress.step("Filling the shared image store"):
            _seed(engine, settings, images, recipe, progress)
        remove_older_stores(engine, settings.instance)


def is_store_current(engine: docker.APIClient, settings: Settings, images: Mapping[str, str]) -> bool:
    """True where the newest complete store holds exactly `images` (ids by tag)."""
    return _newest_store_recipe(engine) == store_recipe(
        images, _engine_version(engine, settings.session_image)
    )


def store_recipe(images: Mapping[str, str], engine_version: str) -> str:
    """A hash of what a store holds and of the engine that lays it out."""
    lines = [f"engine {engine_version}", *(f"{tag} {images[tag]}" for tag in sorted(images))]
    return sha256("\n".join(lines).encode()).hexdigest()


def remove_older_stores(engine: docker.APIClient, instance: str) -> None:
    """Remove this instance's complete stores but the newest, where no session uses them any more."""
    current = find_image_store(engine)
    for seeder in _seeders(engine, instance):
        volume = _volume_of(seeder)
        users = engine.containers(all=True, filters={"volume": volume}) if volume else []
        if seeder["State"] == "exited" and volume != current and len(users) <= 1:
            _remove_seeder(engine, seeder)


def _newest_store_recipe(engine: docker.APIClient) -> str | None:
    # The newest is the one that sessions take, whichever instance made it.
    with suppress(ImageStoreMissing):
        volume = find_image_store(engine)
        with engine_errors():
            for seeder in engine.containers(all=True, filters={"volume": volume}):
                if seeder["Labels"].get(ROLE) == Role.IMAGE_STORE:
                    return str(seeder["Labels"].get(RECIPE))
    return None


def _seed(
    engine: docker.APIClient, settings: Settings, images: Mapping[str, str], recipe: str, progress: Progress
) -> None:
    owner = f"{recipe[:12]}-{secrets.token_hex(3)}"
    seed_store(
        engine,
        session_image=settings.session_image,
        name=make_name(settings.instance, Role.IMAGE_STORE, owner),
        labels={**make_labels(settings.instance, Role.IMAGE_STORE, owner), RECIPE: recipe},
        archives=((tag, engine.get_image(tag)) for tag in images),
        progress=progress,
    )


def _engine_version(engine: docker.APIClient, session_image: str) -> str:
    facts = find_image(engine, session_image)
    return image_labels(facts).get(ENGINE_LABEL, "") if facts else ""


def _seeders(engine: docker.APIClient, instance: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.containers(
        all=True, filters=label_filters(instance, Role.IMAGE_STORE)
    )
    return found


def _volume_of(seeder: Mapping[str, Any]) -> str | None:
    for mount in seeder["Mounts"]:
        if mount["Destination"] == SEEDING_MOUNT_POINT:
            return str(mount["Name"])
    return None


def _remove_unfinished(engine: docker.APIClient, instance: str) -> None:
    """What a seeding that was killed left; only this instance's, whose lock we hold."""
    for seeder in _seeders(engine, instance):
        state = engine.inspect_container(seeder["Id"])["State"]
        if state["Status"] != "exited" or state["ExitCode"] != 0:
            _remove_seeder(engine, seeder)


def _remove_seeder(engine: docker.APIClient, seeder: Mapping[str, Any]) -> None:
    remove_store(engine, seeder["Id"], _volume_of(seeder))
