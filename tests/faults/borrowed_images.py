"""One engine's images for another, without a copy: layers are read only, so links to them will do."""

from __future__ import annotations

import shutil
from pathlib import Path

import docker

from spawner.image_store import SEEDING_MOUNT_POINT, find_image_store
from spawner.labels import ROLE, Role

_DRIVER = "overlay2"


def borrow_images(lender: docker.APIClient, data_root: Path) -> bool:
    """Give the engine that will start on `data_root` the lender's images, and the data of its image store.

    False, and nothing is done, where the lender keeps them in another way: `containrlab up` then makes them
    anew, in minutes.
    """
    facts = lender.info()
    if facts["Driver"] != _DRIVER:
        return False
    source = Path(facts["DockerRootDir"])
    # Of layerdb, `mounts` is about the lender's containers.
    shutil.copytree(source / "image", data_root / "image", ignore=shutil.ignore_patterns("mounts"))
    layers = data_root / _DRIVER
    (layers / "l").mkdir(parents=True)
    for file in (data_root / "image" / _DRIVER / "layerdb").glob("sha256/*/cache-id"):
        layer = file.read_text()
        short = (source / _DRIVER / layer / "link").read_text()
        (layers / layer).symlink_to(source / _DRIVER / layer)
        (layers / "l" / short).symlink_to(f"../{layer}/diff")
    volume = data_root / "volumes" / find_image_store(lender)
    volume.mkdir(parents=True)
    (volume / "_data").symlink_to(source / "volumes" / volume.name / "_data")
    return True


def copy_seeder(lender: docker.APIClient, borrower: docker.APIClient) -> None:
    """The ended container that proves that a store is complete."""
    volume = find_image_store(lender)
    (seeder,) = (
        one
        for one in lender.containers(all=True, filters={"volume": volume})
        if one["Labels"].get(ROLE) == Role.IMAGE_STORE
    )
    mounts = [docker.types.Mount(SEEDING_MOUNT_POINT, volume, read_only=True)]
    made = borrower.create_container(
        seeder["ImageID"],
        entrypoint="/bin/true",
        labels=seeder["Labels"],
        network_disabled=True,
        host_config=borrower.create_host_config(mounts=mounts),
        name=volume,
    )
    borrower.start(made)
    assert borrower.wait(made)["StatusCode"] == 0
