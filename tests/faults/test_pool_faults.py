"""Parts of a course with a warm pool killed: what waits is replaced, and who comes gets a session."""

from __future__ import annotations

import os
import signal

import pytest
from docker.errors import NotFound

from operator_cli.waiting import wait_for

from .classroom import RECOVERY_SECONDS, Classroom
from .fault import CLAIMING, ENGINE_OF_WAITING, WAITING
from .row import BACK, Begin

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def pool(classroom: Classroom) -> Classroom:
    """The course with a session that waits, since a start with new settings."""
    classroom.course.leave()
    classroom.course.environment["CONTAINRLAB_POOL"] = "1"
    classroom.course.start()
    return classroom


def test_a_session_that_waits_and_is_killed_is_replaced(pool: Classroom, begin: Begin):
    row = begin(WAITING, "bob")
    killed = pool.waiting.wait_for_one()
    row.killed()
    for member in pool.waiting.list_all():
        os.kill(pool.engine.inspect_container(member["Id"])["State"]["Pid"], signal.SIGKILL)
    assert wait_for(lambda: not killed & pool.waiting.list_keys(), RECOVERY_SECONDS)
    waiting = pool.waiting.wait_for_one()
    row.learner.visitor.stop_server()
    row.learner.come_back()
    assert pool.waiting.key_of(row.learner.container) in waiting
    row.end("the session that took its place")


def test_a_hub_killed_at_a_claim_leaves_nothing_and_the_next_start_works(pool: Classroom, begin: Begin):
    row = begin(CLAIMING, "bob")
    bob, hub = row.learner, pool.pids("hub")
    bob.visitor.stop_server()
    waiting = pool.waiting.wait_for_one()

    def is_claimed() -> bool:
        try:
            return pool.waiting.key_of(bob.container) in waiting
        except NotFound:
            return False

    assert bob.visitor.ask("POST", "users/bob/server").status_code in (201, 202)
    assert wait_for(is_claimed, RECOVERY_SECONDS, 0.005)
    row.killed()
    os.kill(hub["hub"], signal.SIGKILL)
    pool.wait_until_whole(hub)
    bob.come_back()
    row.end(BACK)


def test_sessions_that_wait_are_replaced_after_the_engine_died(pool: Classroom, begin: Begin):
    row = begin(ENGINE_OF_WAITING, "bob")
    died = pool.waiting.wait_for_one()
    row.kill("engine")
    assert wait_for(row.learner.is_noticed_gone, RECOVERY_SECONDS)
    assert wait_for(lambda: not died & pool.waiting.list_keys(), RECOVERY_SECONDS)
    waiting = pool.waiting.wait_for_one()
    row.learner.come_back()
    assert pool.waiting.key_of(row.learner.container) in waiting
    row.end("the session that took its place")
