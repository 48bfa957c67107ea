"""Starts and disk of sessions as the store of lab images grows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from .bench_stores import bench_stores
from .figures import Readings, ratio
from .ground import Ground
from .hub_client import FAILURES
from .part import PartResult
from .starts import failed_bench, wait_for_engine

SIZES_GB = (0, 1, 2, 4)
SHORT_SIZES_GB = (0, 0.25)


def measure_growth(ground: Ground, sizes_gb: Sequence[float], rounds: int) -> PartResult:
    """A cold start on each size, `rounds` times in turn. Raises `OperatorError`."""
    with bench_stores(ground.engine, ground.settings, sizes_gb, ground.progress) as stores:
        try:
            seconds, disk = asyncio.run(_start_on_each(ground, stores, rounds))
        except FAILURES as error:
            raise failed_bench(str(error)) from error
    none = min(sizes_gb)
    starts = {size: Readings(seconds[size]) for size in sizes_gb}
    disks = {size: Readings(disk[size], "MB") for size in sizes_gb}
    return PartResult(
        {
            "image_growth_ratio": max(ratio(starts[size].median, starts[none].median) for size in sizes_gb),
            "image_growth_disk_mb": round(max(disks[size].median for size in sizes_gb), 2),
        },
        {f"start_with_{size}_gb": starts[size] for size in sizes_gb}
        | {f"disk_with_{size}_gb": disks[size] for size in sizes_gb},
    )


async def _start_on_each(
    ground: Ground, stores: Mapping[float, str], rounds: int
) -> tuple[dict[float, list[float]], dict[float, list[float]]]:
    seconds: dict[float, list[float]] = {size: [] for size in stores}
    disk: dict[float, list[float]] = {size: [] for size in stores}
    hub = ground.cold
    with ground.progress.step(f"Starting sessions on each store, {rounds} times in turn"):
        async with hub.client() as client:
            for number in range(1, rounds + 1):
                ground.progress.update(f"round {number} of {rounds}")
                for size, store in stores.items():
                    learner = f"grower{round(size * 1000)}x{number}"
                    await client.add_learner(learner)
                    began = time.monotonic()
                    await client.start(learner, {"image_store": store})
                    wait_for_engine(hub, learner)
                    seconds[size].append(time.monotonic() - began)
                    disk[size].append(hub.facts(learner).disk_mb())
                    await client.stop(learner)
    return seconds, disk
