"""The pool of warm sessions, whatever happens and in whatever order: on a simulated engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spawner import warm_pool
from spawner.errors import EngineUnavailable
from spawner.session_maker import Session
from spawner.warm_pool import PREPARE_SECONDS, RETRY_SECONDS, WarmPool

from .simulated_pool import Container, SimulatedEngine

ROUNDS = 600
"""More than the pool needs to come to rest after anything."""

EVENTS = st.one_of(
    st.tuples(st.just("step"), st.integers(0, 5)),
    st.tuples(st.just("all step"), st.integers(1, 12)),
    st.tuples(st.just("claim"), st.integers(0, 3)),
    st.tuples(st.just("end"), st.integers(0, 5)),
    st.tuples(st.just("prepare"), st.integers(0, 5)),
    st.tuples(st.just("size"), st.integers(0, 4)),
    st.tuples(st.just("time passes"), st.sampled_from([1, PREPARE_SECONDS + 1])),
    st.tuples(st.sampled_from(["is_down", "cannot_remove", "is_busy"]), st.booleans()),
    st.tuples(st.just("recipe"), st.integers(0, 1)),
)


class PoolAtWork:
    """A pool that is kept, and learners who claim."""

    def __init__(self, **engine: object) -> None:
        self.engine = SimulatedEngine(**engine)  # type: ignore[arg-type]
        self.pool = WarmPool(self.engine.in_members)
        self.keeping = asyncio.create_task(
            self.pool.keep(self.engine.maker, self.engine.tell_size, self.engine.tell_busy)
        )
        self.claims: list[asyncio.Task[Session | None]] = []

    async def happen(self, event: str, value: int) -> None:
        engine, one = self.engine, self._member(value)
        if event == "step":
            await engine.let_go_on(value)
        elif event == "all step":
            await self.go_on(value)
        elif event == "claim":
            self.claims.append(asyncio.create_task(self.pool.claim(engine.maker, f"learner {value}")))
            await asyncio.sleep(0)
        elif event == "time passes":
            engine.now += value
        elif event in ("end", "prepare"):
            if one and event == "end":
                one.is_running = False
            elif one:
                one.is_prepared = True
        else:
            setattr(engine, event, value)

    async def go_on(self, rounds: int) -> None:
        for _ in range(rounds):
            await self.engine.let_go_on()

    async def come_to_rest(self) -> None:
        """All is well from now on: what is made gets ready."""
        self.engine.is_down = self.engine.cannot_remove = self.engine.is_busy = False
        await self.go_on(ROUNDS // 10)
        self.engine.now += RETRY_SECONDS
        still = 0
        for _ in range(ROUNDS):
            for one in self.engine.members:
                one.is_prepared = True
            await self.engine.let_go_on()
            still = still + 1 if self.is_at_rest else 0
            if still > 20:
                break

    @property
    def is_at_rest(self) -> bool:
        """As many as are wanted wait, all of them fit to be handed out, and nothing else is left."""
        members = self.engine.members
        fit = [one for one in members if one.is_running and one.session.recipe == str(self.engine.recipe)]
        owned = [one for one in self.engine.containers.values() if one.owner]
        return (
            len(fit) == len(members) == self.engine.size
            and len(members) + len(owned) == len(self.engine.containers)
            and all(claim.done() for claim in self.claims)
        )

    async def end(self) -> None:
        assert not self.keeping.done(), "the pool is kept no longer"
        self.keeping.cancel()
        await asyncio.gather(self.keeping, *self.claims, return_exceptions=True)

    def _member(self, index: int) -> Container | None:
        members = self.engine.members
        return members[index % len(members)] if members else None


@pytest.fixture(scope="module", autouse=True)
def _no_time_passes() -> Iterator[None]:
    """Time is the simulated engine's, and nobody waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm_pool, "LOOK_SECONDS", 0)
        patch.setattr(warm_pool, "STARTING_LOOK_SECONDS", 0)
        yield


@pytest.fixture
async def work(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PoolAtWork]:
    """A pool of two that has got ready."""
    work = PoolAtWork(size=2)
    monkeypatch.setattr(warm_pool, "time", SimpleNamespace(time=lambda: work.engine.now))
    await work.come_to_rest()
    assert work.is_at_rest
    yield work
    await work.end()


@settings(deadline=None, max_examples=150)
@given(st.lists(EVENTS, max_size=80))
def test_whatever_happens_nobody_is_given_what_is_not_fit_or_anothers_and_the_pool_comes_to_rest(
    events: list[tuple[str, int]],
):
    asyncio.run(_let_happen(events))


async def _let_happen(events: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        work = PoolAtWork(size=2)
        patch.setattr(warm_pool, "time", SimpleNamespace(time=lambda: work.engine.now))
        await work.come_to_rest()
        for event in events:
            await work.happen(*event)
        await work.come_to_rest()
        assert work.is_at_rest, work.engine
        refused = {type(claim.exception()) for claim in work.claims} - {type(None)}
        assert refused <= {EngineUnavailable}, [claim.exception() for claim in work.claims]
        given_out = [claim.result() for claim in work.claims if not claim.exception()]
        keys = [session.key for session in given_out if session]
        assert sorted(keys) == sorted(set(keys)), "two were given the same one"
        assert all(work.engine.containers[key].owner for key in keys)
        await work.end()


async def test_who_comes_is_given_one_that_is_ready_before_one_that_is_not(work: PoolAtWork):
    first, second = work.engine.members
    first.is_prepared = False
    restarted = PoolAtWork(containers=work.engine.containers, made=2, size=2, is_busy=True)
    await restarted.go_on(40)
    for number, expected in enumerate([second.session, first.session, None]):
        await restarted.happen("claim", number)
        await restarted.go_on(2)
        assert restarted.claims[-1].result() == expected
    await restarted.end()
    work.engine.size = 0


async def test_they_are_made_one_at_a_time(work: PoolAtWork):
    work.engine.size = 4
    for made in (3, 4):
        await work.go_on(40)
        (starting,) = (one for one in work.engine.members if not one.is_prepared)
        assert len(work.engine.members) == made
        starting.is_prepared = True


async def test_what_does_not_get_ready_in_time_is_replaced(work: PoolAtWork):
    work.engine.size = 3
    await work.go_on(40)
    (slow,) = (one for one in work.engine.members if not one.is_prepared)
    work.engine.now += PREPARE_SECONDS
    await work.go_on(40)
    assert slow in work.engine.members
    work.engine.now += 1
    await work.go_on(40)
    assert slow not in work.engine.members
    assert len(work.engine.members) == 2
    work.engine.now += RETRY_SECONDS
    await work.go_on(40)
    assert len(work.engine.members) == 3


async def test_a_broken_image_is_not_tried_all_the_time(work: PoolAtWork, caplog: pytest.LogCaptureFixture):
    work.engine.size = 3
    made = 0
    for _ in range(5):
        await work.go_on(40)
        for one in work.engine.members:
            if not one.is_prepared:
                one.is_running, made = False, made + 1
    assert made == 1
    assert "it has ended, and was never ready" in caplog.text
    work.engine.now += RETRY_SECONDS
    await work.go_on(40)
    assert len(work.engine.members) == 3


async def test_of_too_many_the_newest_go(work: PoolAtWork):
    oldest, _ = work.engine.members
    work.engine.size = 1
    await work.go_on(40)
    assert work.engine.members == [oldest]


@pytest.mark.parametrize("runtime", ["kata", "runsc"])
async def test_a_runtime_into_which_no_workspace_would_come_has_no_pool_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture, runtime: str
):
    work = PoolAtWork(size=2, runtime=runtime)
    with caplog.at_level(logging.WARNING):
        await work.go_on(60)
    await work.happen("claim", 1)
    await work.go_on(2)
    assert work.claims[0].result() is None
    assert work.engine.containers == {}
    assert caplog.messages == [f"No session is kept ready with the runtime {runtime}"]
    await work.end()


async def test_an_engine_that_is_down_is_said_once_each_time(
    work: PoolAtWork, caplog: pytest.LogCaptureFixture
):
    for _ in range(2):
        work.engine.is_down = True
        await work.go_on(20)
        work.engine.is_down = False
        await work.go_on(20)
    assert caplog.messages == ["No session can be made ready now: down"] * 2
