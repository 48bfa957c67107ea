"""A spawner that waits, apart from a hub: what a hub's tests would have to wait long for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from jupyterhub import orm
from jupyterhub.spawner import Spawner, SpawnException
from traitlets.config import Config

from spawner import session_places
from spawner.queued_start import QueuedStart
from spawner.session_places import SessionPlaces


@dataclass
class Learner:
    """As much of JupyterHub's user as a place needs; `settings` is the hub's."""

    name: str
    settings: dict[str, Any]
    admin: bool = False


@dataclass
class Row:
    """As much of JupyterHub's row of a spawner."""

    id: int
    name: str = ""
    server: object = None
    started: datetime | None = None
    last_activity: datetime | None = None
    user_options: dict[str, Any] = field(default_factory=dict)


class Database:
    """The hub's, for spawners whose row is in none."""

    def commit(self) -> None:
        """Nothing is there to be written."""


class Waiter(QueuedStart, Spawner):
    """Starts nothing; `status` is what a look at its server says."""

    status: int | Exception | None = 0

    async def start(self) -> tuple[str, int]:
        return "127.0.0.1", 1

    async def stop(self, now: bool = False) -> None:
        pass

    async def poll(self) -> int | None:
        if isinstance(self.status, Exception):
            raise self.status
        return self.status


@pytest.fixture
def make_waiter(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Waiter]:
    """Makes spawners of one hub with one place."""
    monkeypatch.setattr(session_places, "LOOK_SECONDS", 0.01)
    settings: dict[str, Any] = {}

    def make(number: int, wait_limit: float = 60, **row: Any) -> Waiter:
        learner = Learner(f"learner-{number}", settings)
        traits = {"sessions_limit": 1, "wait_limit": wait_limit, "usual_length": 600}
        config = Config(Waiter=traits)
        waiter = Waiter(user=learner, orm_spawner=Row(number, **row), db=Database(), config=config)
        waiter._spawn_pending = True
        return waiter

    return make


async def test_when_its_time_begins_is_not_taken_back_by_a_request_that_the_hub_answers(make_waiter):
    database = orm.new_session_factory("sqlite:///:memory:")()
    row = orm.Spawner(name="", user=orm.User(name="ann"), started=datetime(2026, 1, 1))
    database.add(row)
    database.commit()
    holder, waiter = make_waiter(99), make_waiter(2)
    waiter.orm_spawner, waiter.db = row, database
    await holder.run_pre_spawn_hook()
    waiting = asyncio.create_task(waiter.run_pre_spawn_hook())
    assert (await anext(waiter.progress()))["waits"]
    await holder.run_post_stop_hook()
    await waiting
    database.rollback()  # as BaseHandler.finish does
    assert row.started > datetime(2026, 1, 1)
    database.close()


async def test_sessions_time_begins_with_its_place_not_with_its_request(make_waiter):
    holder, waiter = make_waiter(1), make_waiter(2, started=datetime(2026, 1, 1))
    await holder.run_pre_spawn_hook()
    waiting = asyncio.create_task(waiter.run_pre_spawn_hook())
    assert (await anext(waiter.progress()))["waits"]
    await holder.run_post_stop_hook()
    await waiting
    assert waiter.orm_spawner.started == waiter.orm_spawner.last_activity > datetime(2026, 1, 1)


async def test_hubs_api_is_told_who_waits_where_and_about_how_long(make_waiter):
    holder, waiters = make_waiter(1), [make_waiter(2), make_waiter(3)]
    await holder.run_pre_spawn_hook()
    waiting = [asyncio.create_task(waiter.run_pre_spawn_hook()) for waiter in waiters]
    await asyncio.sleep(0)
    assert [waiter.get_state()["waits"]["place"] for waiter in waiters] == [1, 2]
    assert [round(waiter.get_state()["waits"]["seconds"], -1) for waiter in waiters] == [600, 1200]
    await holder.run_post_stop_hook()
    await waiting[0]
    assert ["waits" in waiter.get_state() for waiter in (holder, *waiters)] == [False, False, True]
    waiting[1].cancel()


async def test_wait_ends_with_a_sentence(make_waiter):
    await make_waiter(1).run_pre_spawn_hook()
    late, next_one = make_waiter(2, wait_limit=0.05), make_waiter(3)
    with pytest.raises(SpawnException, match="try again"):
        await late.run_pre_spawn_hook()
    waiting = asyncio.create_task(next_one.run_pre_spawn_hook())
    assert (await anext(next_one.progress()))["message"].startswith("You are 1st in line")
    waiting.cancel()


async def test_place_is_kept_until_the_server_is_gone(make_waiter):
    holder, waiter = make_waiter(1), make_waiter(2)
    await holder.run_pre_spawn_hook()
    holder.status = OSError("the engine does not answer")
    await holder.run_post_stop_hook()
    holder._spawn_pending = False  # JupyterHub has given it up
    waiting = asyncio.create_task(waiter.run_pre_spawn_hook())
    assert (await anext(waiter.progress()))["waits"]
    holder.status = None
    await holder.run_post_stop_hook()
    assert (await anext(waiter.progress()))["waits"]
    holder.status = 0
    await asyncio.wait_for(waiting, 5)


async def test_place_of_a_session_that_starts_is_not_taken_back(make_waiter):
    holder, waiter = make_waiter(1), make_waiter(2, wait_limit=0.05)
    await holder.run_pre_spawn_hook()
    with pytest.raises(SpawnException):  # nothing of the holder's runs yet, but it is about to
        await waiter.run_pre_spawn_hook()


async def test_start_that_the_hub_has_ended_gets_no_place(make_waiter):
    holder, waiter = make_waiter(1), make_waiter(2)
    await holder.run_pre_spawn_hook()
    waiting = asyncio.create_task(waiter.run_pre_spawn_hook())
    assert (await anext(waiter.progress()))["waits"]
    waiter._spawn_pending = False
    await holder.run_post_stop_hook()
    with pytest.raises(SpawnException, match="stopped"):
        await waiting
    assert await make_waiter(3).run_pre_spawn_hook() is None, "the place is free"


async def test_sessions_of_the_hub_before_hold_their_places(make_waiter):
    server = orm.Server(proto="http", ip="127.0.0.1", port=1, base_url="/", cookie_name="server")
    make_waiter(1, server=server, started=datetime(2026, 1, 1))
    waiter = make_waiter(2, wait_limit=0.05)
    with pytest.raises(SpawnException):
        await waiter.run_pre_spawn_hook()


async def test_places_are_free_that_nobody_has_and_nobody_waits_for(make_waiter):
    waiters = [make_waiter(number) for number in range(3)]
    places = SessionPlaces(2, 600)
    free = [places.free]
    for waiter in waiters:
        places.ask(waiter)
        free.append(places.free)
    for waiter in waiters:
        places.leave(waiter)
        free.append(places.free)
    assert free == [2, 1, 0, 0, 0, 1, 2]
    for waiter in waiters:
        places.keep(waiter, 0)
    assert places.free == 0, "more run than there are places"


async def test_a_session_is_starting_once_it_has_its_place_and_until_it_is_there(make_waiter):
    holder, waiter = make_waiter(1), make_waiter(2)
    places = SessionPlaces(1, 600)
    assert not places.is_starting
    places.ask(holder)
    assert places.is_starting
    holder._spawn_pending = False
    places.ask(waiter)
    assert not places.is_starting, "who waits does not start yet"
    places.leave(holder)
    assert places.is_starting
    places.leave(waiter)
    assert not places.is_starting
