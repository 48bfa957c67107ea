"""Memory of an idle session, against a JupyterLab server alone in a container."""

from __future__ import annotations

import asyncio
import time

from .bench_hub import BenchHub
from .container_facts import ContainerFacts
from .figures import Readings, ratio
from .ground import Ground
from .hub_client import FAILURES
from .part import PartResult
from .starts import failed_bench, wait_for_engine

SETTLE_SECONDS = 90
_EVERY_SECONDS = 1.0
_EQUAL_READINGS = 4
_EQUAL_WITHIN = 0.01


def measure_idle_memory(ground: Ground, rounds: int) -> PartResult:
    """Each way `rounds` times, once it holds no more than the moment before. Raises `OperatorError`."""
    try:
        plain, ours = asyncio.run(_measure(ground, rounds))
    except FAILURES as error:
        raise failed_bench(str(error)) from error
    plain_memory, session_memory = Readings(plain, "MB"), Readings(ours, "MB")
    return PartResult(
        {"idle_memory_ratio": ratio(session_memory.median, plain_memory.median)},
        {"plain_memory": plain_memory, "session_memory": session_memory},
    )


async def _measure(ground: Ground, rounds: int) -> tuple[list[float], list[float]]:
    plain: list[float] = []
    ours: list[float] = []
    with ground.progress.step("Reading the memory of idle servers"):
        for number in range(1, rounds + 1):
            ground.progress.update(f"round {number} of {rounds}")
            learner = f"idle{number}"
            plain.append(await _start_and_read(ground.plain, learner, {"image": ground.plain_image}))
            ours.append(await _start_and_read(ground.cold, learner, {}))
    return plain, ours


async def _start_and_read(hub: BenchHub, learner: str, options: dict[str, str]) -> float:
    async with hub.client() as client:
        await client.add_learner(learner)
        await client.start(learner, options)
        if not options:
            wait_for_engine(hub, learner)
        memory = settled_memory_mb(hub.facts(learner))
        await client.stop(learner)
    return memory


def settled_memory_mb(facts: ContainerFacts) -> float:
    """What is held once some readings in a row are within a hundredth of one another; else the last one."""
    readings = [facts.memory_mb()]
    deadline = time.monotonic() + SETTLE_SECONDS
    while not is_settled(readings) and time.monotonic() < deadline:
        time.sleep(_EVERY_SECONDS)
        readings.append(facts.memory_mb())
    return readings[-1]


def is_settled(readings: list[float]) -> bool:
    """Whether the last readings are equal.

    >>> is_settled([90, 100, 100.2, 100.1, 100.3])
    True
    """
    last = readings[-_EQUAL_READINGS:]
    return len(last) == _EQUAL_READINGS and max(last) - min(last) <= _EQUAL_WITHIN * max(last)
