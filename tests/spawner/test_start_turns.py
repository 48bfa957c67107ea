"""Starts that take turns."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub.spawner import SpawnException

from spawner.start_turns import StartTurns


class Starter(StartTurns):
    """Starts nothing; its user has the hub's settings."""

    def __init__(self, hub_settings: dict[str, Any], **traits: Any) -> None:
        super().__init__(**traits)
        self.user = SimpleNamespace(settings=hub_settings)
        self.pending: str | None = "spawn"


async def test_no_more_than_their_number_start_at_once_and_each_by_turn():
    hub_settings: dict[str, Any] = {}
    begun: list[int] = []
    may_end = [asyncio.Event() for _ in range(5)]

    async def start(number: int) -> None:
        async with Starter(hub_settings, starts_at_once=2).start_turn():
            begun.append(number)
            await may_end[number].wait()

    async with asyncio.timeout(5), asyncio.TaskGroup() as starts:
        for number in range(5):
            starts.create_task(start(number))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert begun == [0, 1]
        may_end[1].set()
        while len(begun) < 3:
            await asyncio.sleep(0)
        assert begun == [0, 1, 2]
        for event in may_end:
            event.set()
    assert begun == [0, 1, 2, 3, 4]


async def test_a_start_that_fails_or_is_cancelled_gives_its_turn_on():
    hub_settings: dict[str, Any] = {}
    starter = Starter(hub_settings, starts_at_once=1)
    with pytest.raises(RuntimeError):
        async with starter.start_turn():
            raise RuntimeError("no engine")
    waiting = asyncio.Event()

    async def hang() -> None:
        async with starter.start_turn():
            waiting.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await waiting.wait()
    hanging.cancel()

    async with asyncio.timeout(5), starter.start_turn():
        pass


async def test_a_start_that_was_stopped_while_it_waited_makes_nothing():
    hub_settings: dict[str, Any] = {}
    stopped = Starter(hub_settings, starts_at_once=1)

    async def start_late() -> None:
        async with stopped.start_turn():
            pytest.fail("it was made")

    async with asyncio.timeout(5):
        async with Starter(hub_settings, starts_at_once=1).start_turn():
            late = asyncio.create_task(start_late())
            await asyncio.sleep(0)
            stopped.pending = "stop"
        with pytest.raises(SpawnException):
            await late


def test_there_are_two_turns_for_each_processor(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})

    assert Starter({}).starts_at_once == 6
