"""Request to ready, each way in turn: plain DockerSpawner with two images, ours cold, ours warm."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field

from ..errors import OperatorError
from ..waiting import wait_for
from .bench_hub import BenchHub
from .figures import Readings, ratio
from .ground import POOL, Ground
from .hub_client import FAILURES, HubClient
from .part import PartResult

ENGINE_SECONDS = 60
POOL_SECONDS = 300
_POLL_SECONDS = 0.02
_PREPARED = b"Prepared: "


@dataclass
class Starts:
    """Starts of one run, by name of the way."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    disk_mb: list[float] = field(default_factory=list)


def measure_starts(ground: Ground, rounds: int, *, is_returning_too: bool) -> PartResult:
    """Each way `rounds` times in turn, each time a new learner; then once for one who comes back, if asked.

    Raises `OperatorError`.
    """
    try:
        starts = asyncio.run(_Rounds(ground).run(rounds, is_returning_too))
    except FAILURES as error:
        raise failed_bench(str(error)) from error
    readings = {name: Readings(seconds) for name, seconds in starts.seconds.items()}
    readings["session_disk"] = Readings(starts.disk_mb, "MB")
    plain, warm = readings["plain_start"].median, readings["warm_start"]
    return PartResult(
        {
            "warm_start_ratio": ratio(warm.median, plain),
            "warm_start_p95": round(warm.p95, 3),
            "cold_start_ratio": ratio(readings["cold_start"].median, plain),
            "session_disk_mb": round(max(starts.disk_mb), 2),
        },
        readings,
    )


def failed_bench(reason: str) -> OperatorError:
    """The bench cannot go on."""
    return OperatorError(
        "The bench could not be run to its end", reason, "containrlab doctor says what this machine lacks"
    )


def wait_for_pool(hub: BenchHub) -> None:
    """Return when every warm session is prepared. Raises `OperatorError`."""

    def is_prepared() -> bool:
        names = hub.list_pool()
        return len(names) >= POOL and all(_PREPARED in hub.engine.logs(name) for name in names)

    if not wait_for(is_prepared, POOL_SECONDS, 0.2):
        raise failed_bench(f"the warm pool was not ready within {POOL_SECONDS} s")


def wait_for_engine(hub: BenchHub, learner: str) -> None:
    """Return when the engine in the learner's session answers. Raises `OperatorError`."""
    if not wait_for(hub.facts(learner).engine_answers, ENGINE_SECONDS, _POLL_SECONDS):
        raise failed_bench(f"the engine in {learner}'s session does not answer")


class _Rounds:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._starts = Starts()

    async def run(self, rounds: int, is_returning_too: bool) -> Starts:
        turns = [(f"learner{number}", "") for number in range(1, rounds + 1)]
        if is_returning_too:
            turns.append(("learner1", "_returning"))  # who has a workspace by now
        hubs = self._ground.plain, self._ground.cold, self._ground.warm
        with self._ground.progress.step(f"Starting servers, {rounds} times each way in turn"):
            async with hubs[0].client() as plain, hubs[1].client() as cold, hubs[2].client() as warm:
                for number, (learner, suffix) in enumerate(turns, start=1):
                    self._ground.progress.update(f"round {number} of {len(turns)}")
                    for client in (plain, cold, warm):
                        await client.add_learner(learner)
                    wait_for_pool(hubs[2])  # here: one that is filled meanwhile slows the others
                    await self._plain(plain, learner, suffix)
                    await self._ours(hubs[1], cold, learner, "cold", suffix)
                    await self._ours(hubs[2], warm, learner, "warm", suffix)
        return self._starts

    async def _plain(self, client: HubClient, learner: str, suffix: str) -> None:
        for way, image in (
            ("plain", self._ground.plain_image),
            ("same_image", self._ground.settings.session_image),
        ):
            self._starts.seconds[f"{way}_start{suffix}"].append(await client.start(learner, {"image": image}))
            await client.stop(learner)

    async def _ours(self, hub: BenchHub, client: HubClient, learner: str, way: str, suffix: str) -> None:
        began = time.monotonic()
        until_server = await client.start(learner)
        wait_for_engine(hub, learner)
        until_engine = time.monotonic() - began
        if way == "cold":
            self._starts.seconds[f"cold_server{suffix}"].append(until_server)
            self._starts.seconds[f"cold_start{suffix}"].append(until_engine)
        else:
            self._starts.seconds[f"warm_start{suffix}"].append(until_server)
            self._starts.seconds[f"warm_engine{suffix}"].append(until_engine)
        self._starts.disk_mb.append(hub.facts(learner).disk_mb())
        await client.stop(learner)
