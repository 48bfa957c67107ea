"""Image stores of given sizes that the bench alone uses, and that are gone at its end."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import docker

from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.labels import Role, label_filters, make_labels, make_name

from ..errors import OperatorError
from ..progress import Progress
from ..store_seeding import remove_store, seed_store
from .made_images import MEGABYTE, plan_images

_COPIES = 2
"""An engine keeps an image as it was loaded, and unpacked."""
_SPARE_GB = 4


@contextmanager
def bench_stores(
    engine: docker.APIClient, settings: Settings, gigabytes: Sequence[float], progress: Progress
) -> Iterator[dict[float, str]]:
    """The stores' volumes, by their size. Raises `OperatorError`."""
    instance = f"{settings.instance}-bench-stores"
    _remove(engine, instance)
    _require_room(engine, sum(gigabytes))
    stores = {}
    try:
        for size in gigabytes:
            with progress.step(f"Filling an image store with {size} GB of lab images"):
                stores[size] = _seed(engine, settings, instance, size, progress)
        yield stores
    finally:
        _remove(engine, instance)


def _seed(
    engine: docker.APIClient, settings: Settings, instance: str, gigabytes: float, progress: Progress
) -> str:
    owner = f"{round(gigabytes * 1000)}mb"
    name = make_name(instance, Role.BENCH_STORE, owner)
    seed_store(
        engine,
        session_image=settings.session_image,
        name=name,
        labels=make_labels(instance, Role.BENCH_STORE, owner),
        archives=((image.tag, image.archive()) for image in plan_images(gigabytes)),
        progress=progress,
    )
    return name


def _remove(engine: docker.APIClient, instance: str) -> None:
    """What a bench that was killed had left too."""
    filters = label_filters(instance, Role.BENCH_STORE)
    with engine_errors():
        for container in engine.containers(all=True, filters=filters):
            remove_store(engine, container["Id"], None)
        for volume in engine.volumes(filters=filters)["Volumes"] or ():
            engine.remove_volume(volume["Name"])


def _require_room(engine: docker.APIClient, gigabytes: float) -> None:
    needed_gb = _COPIES * gigabytes + _SPARE_GB
    free_gb = shutil.disk_usage(engine.info()["DockerRootDir"]).free / (1000 * MEGABYTE)
    if free_gb < needed_gb:
        raise OperatorError(
            "The disk has no room for the bench's image stores",
            f"they need {needed_gb:.0f} GB for some minutes, and {free_gb:.0f} GB are free",
            "give it room, or leave them out: containrlab bench starts (storm, memory, judge)",
        )
