"""What the watch does with sessions, one event at a time; `test_session_events` has them in any order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from course_service.errors import ExtensionRefused, HubUnavailable, SessionNotFound
from course_service.hub_servers import HubServers, RunningServer, ServerEnd, WaitingLearner
from course_service.session_clock import ClockPolicy
from course_service.session_store import EndReason, SessionStore
from course_service.session_watch import SessionWatch

from .hub_stand_in import HubStandIn
from .simulated_hub import SimulatedHub

POLICY = ClockPolicy(
    length=timedelta(minutes=30), extension=timedelta(minutes=15), extensions=1, longest=timedelta(hours=1)
)
START = datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.fixture
def hub() -> SimulatedHub:
    """A hub without servers."""
    return SimulatedHub(START)


@pytest.fixture
def watch(hub, sessions) -> SessionWatch:
    """The watch over that hub."""
    return watch_over(hub, sessions)


def watch_over(hub: SimulatedHub, sessions: SessionStore) -> SessionWatch:
    return SessionWatch(hub, sessions, POLICY, instance="lab", now=lambda: hub.now)


async def look(watch: SessionWatch) -> None:
    """Once, and until what is over has ended."""
    async with asyncio.TaskGroup() as ends:
        await watch.look(ends)


async def test_a_session_ends_at_its_deadline_and_the_reason_is_kept(hub, sessions, watch):
    key = hub.start("alice")
    await look(watch)
    hub.now += POLICY.length - timedelta(seconds=1)
    await look(watch)
    assert hub.stopped == {}
    hub.now += timedelta(seconds=1)
    await look(watch)
    assert hub.stopped == {key: hub.now}
    await look(watch)
    (session,) = sessions.list_sessions("alice")
    assert (session.ended_at, session.end_reason) == (hub.now, EndReason.DEADLINE)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (ServerEnd.STOPPED, EndReason.STOPPED),
        (ServerEnd.CRASHED, EndReason.CRASHED),
        (ServerEnd.UNKNOWN, EndReason.GONE),
    ],
)
async def test_how_a_session_ended_that_nobody_here_ended_is_asked_of_the_hub(
    hub, sessions, watch, end, reason
):
    hub.start("alice")
    await look(watch)
    hub.started.clear()
    hub.ends["alice"] = ServerEnd.NOT_YET
    await look(watch)
    (session,) = sessions.list_sessions("alice")
    assert session.ended_at is None
    hub.ends["alice"] = end
    await look(watch)
    (session,) = sessions.list_sessions("alice")
    assert (session.ended_at, session.end_reason) == (hub.now, reason)


async def test_a_session_that_the_learner_starts_meanwhile_is_not_ended(hub, sessions, watch):
    class QuickLearner(SimulatedHub):
        async def find_running(self, user: str) -> RunningServer | None:
            self.start(user)
            return await super().find_running(user)

    hub.start("alice")
    await look(watch)
    quick = QuickLearner(START + timedelta(hours=1), started=hub.started)
    await look(watch_over(quick, sessions))
    assert quick.stopped == {}


async def test_a_server_that_the_hub_is_stopping_already_is_left_to_it(hub, watch):
    hub.start("alice")
    hub.now += timedelta(hours=1)
    hub.busy = {"alice"}
    await look(watch)
    assert hub.stopped == {}


async def test_one_session_that_does_not_end_keeps_no_other_and_is_tried_again(hub, sessions, watch):
    class StuckHub(SimulatedHub):
        async def stop(self, user: str) -> None:
            if user == "alice":
                raise HubUnavailable("The hub answered 500.")
            await super().stop(user)

    stuck = StuckHub(START)
    alice, bob = stuck.start("alice"), stuck.start("bob")
    stuck.now += timedelta(hours=1)
    await look(watch_over(stuck, sessions))
    assert set(stuck.stopped) == {bob}
    with pytest.raises(ExtensionRefused):
        await watch_over(stuck, sessions).extend("alice")
    hub.started, hub.now = stuck.started, stuck.now
    await look(watch)
    assert set(hub.stopped) == {alice}


async def test_no_session_waits_for_another_that_is_slow_to_stop(sessions, monkeypatch):
    class SlowHub(SimulatedHub):
        async def stop(self, user: str) -> None:
            if user == "alice":
                await asyncio.Event().wait()
            await super().stop(user)

    monkeypatch.setattr("course_service.session_watch.POLL_SECONDS", 0.01)
    slow = SlowHub(START)
    slow.start("alice")
    slow.now += timedelta(minutes=5)
    bob = slow.start("bob")
    slow.now = START + timedelta(minutes=31)
    running = asyncio.create_task(watch_over(slow, sessions).run())
    async with asyncio.timeout(10):
        while not sessions.list_sessions("alice") or sessions.list_sessions("alice")[0].end_reason is None:
            await asyncio.sleep(0.01)
        slow.now += timedelta(minutes=5)
        while bob not in slow.stopped:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})


async def test_who_asks_before_the_first_look_is_answered(hub, watch):
    user, started = hub.start("alice")
    session = await watch.find(user)
    assert session.clock.deadline == started + POLICY.length
    with pytest.raises(SessionNotFound):
        await watch.find("bob")


async def test_it_goes_on_after_the_hub_was_down(hub, watch, caplog, monkeypatch):
    monkeypatch.setattr("course_service.session_watch.POLL_SECONDS", 0.01)
    key = hub.start("alice")
    hub.is_up = False
    running = asyncio.create_task(watch.run())
    async with asyncio.timeout(5):
        while "cannot be looked after" not in caplog.text:
            await asyncio.sleep(0)
        hub.now += timedelta(hours=1)
        hub.is_up = True
        while key not in hub.stopped:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait({running})
    assert caplog.text.count("cannot be looked after") == 1


async def test_the_hub_is_asked_page_by_page_and_what_still_starts_does_not_count():
    stand_in = HubStandIn()
    stand_in.most_listed = 2
    servers = HubServers(stand_in.api_url, "own-token")
    try:
        for name in ("alice", "o'brien", "a%40b", "x y", "ünïcode"):
            stand_in.start_server(name, START)
        stand_in.start_server("starting", START, "spawn")
        stand_in.start_server("stopping", START, "stop")
        for place, name in ((2, "second"), (1, "first")):
            stand_in.wait_for_place(name, place)
        assert await servers.list_waiting() == [
            WaitingLearner("first", 1, 60),
            WaitingLearner("second", 2, 120),
        ]
        running = {server.user: server for server in await servers.list_running()}
        assert set(running) == {"alice", "o'brien", "a%40b", "x y", "ünïcode", "stopping"}
        assert running["alice"] == await servers.find_running("alice") == RunningServer("alice", START, False)
        assert running["stopping"].is_busy
        for name in ("o'brien", "a%40b", "x y", "ünïcode"):
            await servers.stop(name)
            assert await servers.find_running(name) is None
        assert await servers.find_running("unknown") is None
        assert [await servers.is_known(name) for name in ("unknown", "x y")] == [False, True]
        stand_in.is_up = False
        with pytest.raises(HubUnavailable):
            await servers.list_running()
    finally:
        stand_in.stop()
