"""Parts of a course with a warm pool killed: what waits is replaced, and who comes gets a session."""

from __future__ import annotations

import os
import signal

import pytest

from operator_cli.waiting import wait_for

from .classroom import RECOVERY_SECONDS, Classroom
from .fault import WAITING
from .row import Begin

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
