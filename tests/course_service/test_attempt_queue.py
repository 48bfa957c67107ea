"""Attempts in turn: a few at once, one a learner, each with a stored verdict in the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from course_service.attempt_queue import BROKEN, STOPPED, UNAVAILABLE, AttemptQueue
from course_service.errors import AttemptRunning
from course_service.store import AttemptStatus
from course_service.submission import Submission

from .sandbox_stand_ins import (
    BrokenSandbox,
    HeldSandbox,
    MissingSandbox,
    OneSandbox,
    VanishingSandbox,
    WillingSandbox,
)

GOOD = Submission({"Dockerfile": b"FROM x\n", ".dockerignore": b"venv\n__pycache__\n"})


@pytest.fixture
def make_queue(settings, store):
    """Makes queues whose attempts meet the given sandbox; closes them."""
    queues = []

    def make(sandbox, judge_sandboxes=2):
        changed = replace(settings, judge_sandboxes=judge_sandboxes)
        queues.append(AttemptQueue(changed, store, OneSandbox(sandbox)))
        return queues[-1]

    yield make
    for queue in queues:
        queue.close()


async def result_of(queue, store, attempt_id, user="alice"):
    events = queue.events(attempt_id)
    if events is not None:
        async with asyncio.timeout(10):
            async for _ in events.follow():
                pass
    return store.find_attempt(attempt_id, user=user)


async def started(sandbox: HeldSandbox) -> bool:
    return await asyncio.to_thread(sandbox.started.acquire, timeout=10)


async def test_an_attempt_is_judged_and_its_verdict_stored(make_queue, store, lab1):
    queue = make_queue(WillingSandbox())
    attempt_id = await queue.submit("alice", "", lab1, GOOD)
    attempt = await result_of(queue, store, attempt_id)
    assert attempt.status is AttemptStatus.FINISHED
    assert attempt.result["passed"] is True
    assert queue.events(attempt_id) is None


@pytest.mark.parametrize(
    ("sandbox", "fault"),
    [
        (VanishingSandbox, "The sandbox stopped answering while your folder was judged."),
        (MissingSandbox, UNAVAILABLE),
        (BrokenSandbox, BROKEN),
    ],
)
async def test_a_fault_of_ours_is_stored_as_not_graded_in_words_of_ours(
    make_queue, store, lab1, sandbox, fault
):
    queue = make_queue(sandbox())
    attempt = await result_of(queue, store, await queue.submit("alice", "", lab1, GOOD))
    assert attempt.result["graded"] is False
    assert attempt.result["failures"] == []
    assert attempt.result["notes"]["fault"] == fault


async def test_a_learner_has_one_unfinished_attempt_and_may_try_again_after_it(make_queue, store, lab1):
    sandbox = HeldSandbox()
    queue = make_queue(sandbox)
    first = await queue.submit("alice", "", lab1, GOOD)
    with pytest.raises(AttemptRunning) as refusal:
        await queue.submit("alice", "", lab1, GOOD)
    assert refusal.value.attempt_id == first
    sandbox.go.set()
    await result_of(queue, store, first)
    second = await queue.submit("alice", "", lab1, GOOD)
    assert (await result_of(queue, store, second)).result["passed"] is True


async def test_no_more_are_judged_at_once_than_the_settings_allow_and_the_first_goes_first(
    make_queue, store, lab1
):
    sandbox = HeldSandbox()
    queue = make_queue(sandbox, judge_sandboxes=1)
    first = await queue.submit("alice", "", lab1, GOOD)
    second = await queue.submit("bob", "", lab1, GOOD)
    assert await started(sandbox)
    assert store.find_attempt(first, user="alice").status is AttemptStatus.RUNNING
    assert store.find_attempt(second, user="bob").status is AttemptStatus.QUEUED
    assert sandbox.opened == 1
    sandbox.go.set()
    await result_of(queue, store, second, "bob")
    assert sandbox.opened == 2


async def test_who_waits_is_told_how_many_are_before(make_queue, store, lab1):
    sandbox = HeldSandbox()
    queue = make_queue(sandbox, judge_sandboxes=1)
    await queue.submit("alice", "", lab1, GOOD)
    assert await started(sandbox)
    await queue.submit("bob", "", lab1, GOOD)
    last = await queue.submit("carol", "", lab1, GOOD)
    events = queue.events(last)
    sandbox.go.set()
    async with asyncio.timeout(10):
        seen = [event.data async for event in events.follow() if event is not None]
    assert [data["place"] for data in seen if "place" in data] == [1, 0]
    assert seen[0] == {"message": "Waiting for your turn", "place": 1, "step": 0, "steps": 6}


async def test_closing_destroys_running_sandboxes_and_leaves_no_attempt_unfinished(make_queue, store, lab1):
    class LostWhenDestroyed(HeldSandbox):
        answer = VanishingSandbox.answer

    sandbox = LostWhenDestroyed()
    queue = make_queue(sandbox, judge_sandboxes=1)
    running = await queue.submit("alice", "", lab1, GOOD)
    waiting = await queue.submit("bob", "", lab1, GOOD)
    assert await started(sandbox)
    await asyncio.to_thread(queue.close)
    for attempt_id, user in ((running, "alice"), (waiting, "bob")):
        attempt = store.find_attempt(attempt_id, user=user)
        assert attempt.status is AttemptStatus.FINISHED
        assert attempt.result["notes"]["fault"] == STOPPED
    assert sandbox.opened == 1


async def test_a_verdict_can_be_read_before_the_next_attempt_is_refused(make_queue, store, lab1):
    queue = make_queue(WillingSandbox())
    for _ in range(20):
        attempt_id = await queue.submit("alice", "", lab1, GOOD)
        await result_of(queue, store, attempt_id)
        queue.refuse_second("alice")
