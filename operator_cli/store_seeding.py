"""Fills one image store, whoever it is for: images are loaded into the engine of a session's container.

The engine's data root is the store's volume, and it is stopped cleanly. Ended with exit code 0 the container
is the proof that the store is complete (`spawner.image_store`), so it is kept as long as the store. What does
not come to that end is removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

import docker
import requests.exceptions
from docker.errors import APIError, DockerException, NotFound

from spawner.docker_rendering import LEARNER_UID, Volume, render_container
from spawner.image_store import SEEDING_MOUNT_POINT
from spawner.session_policy import SessionPolicy

from .errors import ImageStoreFailed
from .exec_input import feed_command
from .progress import Progress

_ENGINE_SECONDS = 60
_STOP_SECONDS = 90
_LOG_LINES = 20
_MEBIBYTE = 1024**2


def seed_store(
    engine: docker.APIClient,
    *,
    session_image: str,
    name: str,
    labels: Mapping[str, str],
    archives: Iterable[tuple[str, Iterable[bytes]]],
    progress: Progress,
) -> None:
    """Make the store `name`, container and volume, of images (by tag) as ``docker save`` writes them.

    Raises `ImageStoreFailed`; nothing of the attempt is left then.
    """
    config = render_container(
        replace(SessionPolicy(), cpus=float(engine.info()["NCPU"])),
        image=session_image,
        command=["seed-image-store"],
        environment={},
        labels=dict(labels),
        network=None,
        volumes=[Volume(SEEDING_MOUNT_POINT, dict(labels), name)],
    )
    try:
        engine.create_container_from_config(config, name)  # type: ignore[no-untyped-call]
        engine.start(name)
        progress.update("waiting for its engine")
        _run(engine, name, ["wait-for-engine", str(_ENGINE_SECONDS)])
        for tag, archive in archives:
            _load(engine, name, tag, _counted(archive, tag, progress))
        progress.update("stopping its engine")
        _run(engine, name, ["touch", "/tmp/seeded"])  # noqa: S108 - the container's own
        exit_code = engine.wait(name, timeout=_STOP_SECONDS)["StatusCode"]
        if exit_code != 0:
            raise _failure(f"its container ended with {exit_code}", _log_tail(engine, name))
    except BaseException as error:
        tail = _log_tail(engine, name)
        remove_store(engine, name, name)
        if isinstance(error, (DockerException, requests.exceptions.RequestException, OSError)):
            raise _failure(str(error), tail) from error
        raise


def remove_store(engine: docker.APIClient, container: str, volume: str | None) -> None:
    """Remove a store with the container that filled it, as far as they are there."""
    with suppress(NotFound):
        engine.remove_container(container, v=True, force=True)
    if volume:
        with suppress(APIError):  # not made yet, or in use
            engine.remove_volume(volume)


def _load(engine: docker.APIClient, container: str, tag: str, archive: Iterable[bytes]) -> None:
    exit_code, output = feed_command(engine, container, ["docker", "load", "--quiet"], LEARNER_UID, archive)
    if exit_code != 0:
        raise _failure(f"loading {tag} ended with {exit_code}: {output.strip()}", ())


def _counted(chunks: Iterable[bytes], tag: str, progress: Progress) -> Iterator[bytes]:
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


def _log_tail(engine: docker.APIClient, container: str) -> tuple[str, ...]:
    with suppress(DockerException, requests.exceptions.RequestException):
        log: bytes = engine.logs(container, tail=_LOG_LINES)
        return tuple(log.decode(errors="replace").splitlines())
    return ()


def _failure(reason: str, log_tail: tuple[str, ...]) -> ImageStoreFailed:
    return ImageStoreFailed(
        "The shared image store could not be filled", reason, "containrlab images build", log_tail
    )
