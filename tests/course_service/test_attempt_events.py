"""Any number of readers follow an attempt from its start."""

from __future__ import annotations

import asyncio
import threading

from course_service.attempt_events import MOST_EVENTS, AttemptEvent, AttemptEvents

LAST = AttemptEvent("result", {"id": 1})


def progress(number: int) -> AttemptEvent:
    return AttemptEvent("progress", {"step": number})


async def collect(events: AttemptEvents) -> list[AttemptEvent | None]:
    return [event async for event in events.follow()]


async def test_early_and_late_readers_see_everything_in_order():
    events = AttemptEvents(asyncio.get_running_loop())
    early = asyncio.create_task(collect(events))
    await asyncio.sleep(0)

    def write() -> None:
        for number in range(100):
            events.publish(progress(number))
        events.publish(LAST)
        events.end()

    thread = threading.Thread(target=write)
    thread.start()
    expected = [*(progress(number) for number in range(100)), LAST]
    assert await asyncio.wait_for(early, 5) == expected
    assert await asyncio.wait_for(collect(events), 5) == expected
    thread.join()


async def test_a_silent_attempt_keeps_the_connection_alive():
    events = AttemptEvents(asyncio.get_running_loop())
    reader = events.follow(keep_alive=0.01)
    assert await asyncio.wait_for(anext(reader), 5) is None
    await reader.aclose()


async def test_memory_is_bounded_and_the_result_is_kept():
    events = AttemptEvents(asyncio.get_running_loop())
    for number in range(MOST_EVENTS + 500):
        events.publish(progress(number))
    events.publish(LAST)
    events.end()
    seen = await asyncio.wait_for(collect(events), 5)
    assert len(seen) == MOST_EVENTS + 1
    assert seen[-1] == LAST


async def test_readers_go_when_an_attempt_ends_without_a_result():
    events = AttemptEvents(asyncio.get_running_loop())
    events.end()
    assert await asyncio.wait_for(collect(events), 5) == []
