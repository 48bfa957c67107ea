"""A class that comes in within ten seconds, and whether the hub goes on answering meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from .figures import Readings
from .ground import Ground
from .hub_client import FAILURES, HubClient
from .part import PartResult
from .starts import failed_bench, wait_for_pool

LEARNERS = 30
SHORT_LEARNERS = 8
EVERY_SECONDS = 10 / 30
"""Thirty within ten seconds; fewer come as fast."""
PROBE_EVERY_SECONDS = 0.2
PROBES = ("", "user")
"""What is asked of the hub's API all the while: ``/hub/api/`` and ``/hub/api/user``."""


@dataclass
class Storm:
    """What came of it; `failures` has the hub's words."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    api_seconds: list[float] = field(default_factory=list)


def measure_storm(ground: Ground, learners: int) -> PartResult:
    """So many learners ask for a server; all that come up are measured, and all go at the end.

    Raises `OperatorError` where none does.
    """
    hub = ground.warm
    wait_for_pool(hub)
    with ground.progress.step(f"{learners} learners start at {EVERY_SECONDS:.2f} s intervals"):
        storm = asyncio.run(_storm(hub.client(), learners))
    for failure in storm.failures:
        ground.progress.warn(failure)
    if not storm.seconds:
        raise failed_bench(f"none of {learners} sessions came up")
    starts, api = Readings(storm.seconds), Readings(storm.api_seconds)
    figures = {
        "started": len(storm.seconds),
        "failed": len(storm.failures),
        "p50": round(starts.median, 3),
        "p95": round(starts.p95, 3),
        "max": round(max(starts.values), 3),
        "hub_api_p95": round(api.p95, 3),
    }
    return PartResult({"storm": figures}, {"storm_start": starts, "storm_hub_api": api})


async def _storm(client: HubClient, learners: int) -> Storm:
    storm = Storm()
    names = [f"storm{number}" for number in range(1, learners + 1)]
    async with client:
        for name in names:
            await client.add_learner(name)
        probing = asyncio.create_task(_probe(client, storm))
        try:
            await asyncio.gather(
                *(_start(client, name, place * EVERY_SECONDS, storm) for place, name in enumerate(names))
            )
        finally:
            probing.cancel()
            await asyncio.wait([probing])
        await asyncio.gather(*map(client.stop, names), return_exceptions=True)
    return storm


async def _start(client: HubClient, name: str, delay: float, storm: Storm) -> None:
    await asyncio.sleep(delay)
    try:
        storm.seconds.append(await client.start(name))
    except FAILURES as error:
        storm.failures.append(str(error) or f"{name} was not ready in time")


async def _probe(client: HubClient, storm: Storm) -> None:
    """Asks at a fixed pace, whether or not the answers come: a hub that hangs is not asked less often."""

    async def ask(path: str) -> None:
        storm.api_seconds.append(await client.time_request(path))

    async with asyncio.TaskGroup() as asked:
        while True:
            for path in PROBES:
                asked.create_task(ask(path))
            await asyncio.sleep(PROBE_EVERY_SECONDS)
