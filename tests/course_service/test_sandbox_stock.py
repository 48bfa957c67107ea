"""Spares are real sandboxes: used once, made anew, and none is left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from course_service.sandbox_life import (
    Keeper,
    destroy_sandbox,
    list_sandboxes,
    new_sandbox_name,
    start_sandbox,
)
from course_service.sandbox_stock import SandboxStock
from spawner.session_policy import Egress

pytestmark = pytest.mark.engine

WAIT_SECONDS = 60


@pytest.fixture
def stock(engine_settings):
    """A stock that keeps one spare ready."""
    stock = SandboxStock(replace(engine_settings, judge_spares=1))
    stock.start()
    yield stock
    stock.close()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_spare_is_given_out_once_removed_after_and_replaced(stock, engine_settings):
    wait_until(lambda: stock.count_spares() == 1)
    with stock.open(Egress.PACKAGES, "alice") as first:
        assert stock.count_spares() == 0
        assert first.run(["docker", "version"], timeout_seconds=10).succeeded
        with stock.open(Egress.PACKAGES, "bob") as second:
            assert second.container != first.container
    wait_until(lambda: stock.count_spares() == 1)
    wait_until(lambda: len(list_sandboxes(engine_settings, Keeper.COURSE)) == 1)
    with stock.open(Egress.PACKAGES, "carol") as third:
        assert third.container not in (first.container, second.container)


def test_a_lab_without_egress_never_gets_a_spare(stock):
    wait_until(lambda: stock.count_spares() == 1)
    with stock.open(Egress.NONE, "alice") as sandbox:
        assert stock.count_spares() == 1
        assert "CONTAINRLAB_EGRESS_PROXY" not in sandbox.run(["env"], timeout_seconds=10).output


def test_a_spare_that_died_is_not_given_out(stock, engine_settings):
    wait_until(lambda: stock.count_spares() == 1)
    (name,) = list_sandboxes(engine_settings, Keeper.COURSE)
    destroy_sandbox(engine_settings, name)
    with stock.open(Egress.PACKAGES, "alice") as sandbox:
        assert sandbox.container != name
        assert sandbox.run(["true"], timeout_seconds=10).succeeded


def test_what_a_crash_left_is_reaped_and_what_others_keep_is_not(engine_settings):
    left, others = (new_sandbox_name(engine_settings, keeper) for keeper in (Keeper.COURSE, Keeper.OPERATOR))
    for name in (left, others):
        start_sandbox(engine_settings, Egress.NONE, "alice", name).close()
    try:
        SandboxStock(engine_settings).reap()
        assert list_sandboxes(engine_settings, Keeper.COURSE) == set()
        assert list_sandboxes(engine_settings, Keeper.OPERATOR) == {others}
    finally:
        destroy_sandbox(engine_settings, others)
