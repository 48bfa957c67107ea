"""Fills the shared image store: one volume of lab images that every session's engine starts on.

A container of the session image loads the images into its own engine, whose data root is the store's volume,
and stops that engine cleanly. Ended with exit code 0 it is the proof that the store is complete
(`spawner.image_store`), so it is kept as long as the store. What does not come to that end is removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

import docker
import requests.exceptions
from docker.errors import APIError, DockerException, NotFound

from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.docker_rendering import LEARNER_UID, Volume, render_container
from spawner.errors import ImageStoreMissing
from spawner.image_store import SEEDING_MOUNT_POINT, find_image_store
from spawner.labels import RECIPE, ROLE, Role, label_filters, make_labels, make_name
from spawner.session_policy import SessionPolicy

from .errors import ImageStoreFailed
from .exec_input import feed_command
from .image_build import find_image, image_labels
from .progress import Progress

ENGINE_LABEL = "containrlab.engine"
"""The session image's label that names its engine's version, on whose layout on disk a store leans."""

_ENGINE_SECONDS = 60
_STOP_SECONDS = 90
_LOG_LINES = 20
_MEBIBYTE = 1024**2


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
    name = make_name(settings.instance, Role.IMAGE_STORE, owner)
    labels = {**make_labels(settings.instance, Role.IMAGE_STORE, owner), RECIPE: recipe}
    config = render_container(
        replace(SessionPolicy(), cpus=float(engine.info()["NCPU"])),
        image=settings.session_image,
        command=["seed-image-store"],
        environment={},
        labels=labels,
        network=None,
        volumes=[Volume(SEEDING_MOUNT_POINT, labels, name)],
    )
    try:
        engine.create_container_from_config(config, name)  # type: ignore[no-untyped-call]
        engine.start(name)
        progress.update("waiting for its engine")
        _run(engine, name, ["wait-for-engine", str(_ENGINE_SECONDS)])
        for tag in images:
            _load(engine, name, tag, progress)
        progress.update("stopping its engine")
        _run(engine, name, ["touch", "/tmp/seeded"])  # noqa: S108 - the container's own
        exit_code = engine.wait(name, timeout=_STOP_SECONDS)["StatusCode"]
        if exit_code != 0:
            raise _failure(f"its container ended with {exit_code}", _log_tail(engine, name))
    except BaseException as error:
        tail = _log_tail(engine, name)
        _remove_store(engine, name, name)
        if isinstance(error, (DockerException, requests.exceptions.RequestException, OSError)):
            raise _failure(str(error), tail) from error
        raise


def _load(engine: docker.APIClient, container: str, tag: str, progress: Progress) -> None:
    """``docker save`` of the machine's engine into ``docker load`` of the container's."""
    exit_code, output = feed_command(
        engine,
        container,
        ["docker", "load", "--quiet"],
        LEARNER_UID,
        _counted(engine.get_image(tag), tag, progress),
    )
    if exit_code != 0:
        raise _failure(f"loading {tag} ended with {exit_code}: {output.strip()}", ())


def _counted(chunks: Iterator[bytes], tag: str, progress: Progress) -> Iterator[bytes]:
    told = total = 0
    for chunk in chunks:
        total += len(chunk)
        if total - told >= 50 * _MEBIBYTE:
            told = total
            progress.update(f"{tag}: {total // _MEBIBYTE} MB loaded")
        yield chunk


def _run(engine: docker.APIClient, container: str, command: list[str]) -> None:
    exit_code, output = feed_command(engine, container, command, LEARNER_UID, ())
    if exit_code != 0:
        tail = _log_tail(engine, container)
        raise _failure(f"{' '.join(command)} ended with {exit_code}: {output.strip()}", tail)


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
    _remove_store(engine, seeder["Id"], _volume_of(seeder))


def _remove_store(engine: docker.APIClient, container: str, volume: str | None) -> None:
    with suppress(NotFound):
        engine.remove_container(container, v=True, force=True)
    if volume:
        with suppress(APIError):  # not made yet, or in use
            engine.remove_volume(volume)


def _log_tail(engine: docker.APIClient, container: str) -> tuple[str, ...]:
    with suppress(DockerException, requests.exceptions.RequestException):
        log: bytes = engine.logs(container, tail=_LOG_LINES)
        return tuple(log.decode(errors="replace").splitlines())
    return ()


def _failure(reason: str, log_tail: tuple[str, ...]) -> ImageStoreFailed:
    return ImageStoreFailed(
        "The shared image store could not be filled", reason, "containrlab images build", log_tail
    )
