"""The bench's image stores: whole, taken by no session of a course, and gone at the end."""

from __future__ import annotations

import shutil

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.bench import bench_stores as module
from operator_cli.bench.bench_stores import bench_stores
from operator_cli.errors import OperatorError
from operator_cli.progress import Progress
from spawner.image_store import find_image_store
from spawner.labels import Role, label_filters


@pytest.mark.engine
def test_a_bench_store_is_taken_by_nobody_and_goes_at_the_end(
    clean_engine: docker.APIClient, image_store: str, settings: Settings, progress: Progress
):
    with bench_stores(clean_engine, settings, [0], progress) as stores:
        (seeder,) = clean_engine.containers(all=True, filters={"volume": stores[0]})
        ended = clean_engine.inspect_container(seeder["Id"])["State"]["ExitCode"]
        found = find_image_store(clean_engine)

    assert ended == 0
    assert found == image_store
    filters = label_filters(f"{settings.instance}-bench-stores", Role.BENCH_STORE)
    assert clean_engine.containers(all=True, filters=filters) == []
    assert not clean_engine.volumes(filters=filters)["Volumes"]


@pytest.mark.engine
def test_stores_that_the_disk_has_no_room_for_are_not_begun(
    clean_engine: docker.APIClient,
    settings: Settings,
    progress: Progress,
    monkeypatch: pytest.MonkeyPatch,
):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage._replace(free=11 * 10**9))

    with (
        pytest.raises(OperatorError, match="12 GB for some minutes, and 11 GB"),
        bench_stores(clean_engine, settings, [0, 4], progress),
    ):
        pass
