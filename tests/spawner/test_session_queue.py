"""The line for places: by tables, and by any order of what can happen."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spawner.session_queue import SessionQueue, describe_wait

NAMES = st.sampled_from([f"learner-{number}" for number in range(8)])
TEACHERS = {"learner-7"}
USUAL_SECONDS = 90 * 60


class QueueMachine(RuleBasedStateMachine):
    """Compares with the simplest thing that is right: who holds and who waits, as two lists."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = SessionQueue(3, USUAL_SECONDS)
        self.holders: set[str] = set()
        self.waiting: list[str] = []
        self.now = 0.0

    @rule(name=NAMES)
    def ask(self, name: str) -> None:
        if name not in self.holders and name not in self.waiting:
            self.waiting.append(name)
            self.waiting.sort(key=lambda one: one not in TEACHERS)  # stable: else first come, first served
        self._let_in()
        holds = self.queue.ask(name, self.now, may_go_ahead=name in TEACHERS)
        assert holds == (name in self.holders)

    @rule(name=NAMES)
    def leave(self, name: str) -> None:
        self.holders.discard(name)
        self.waiting = [one for one in self.waiting if one != name]
        self._let_in()
        self.queue.leave(name, self.now)

    @precondition(lambda self: not self.waiting)
    @rule(name=NAMES)
    def keep(self, name: str) -> None:
        """A restarted hub finds a session that runs."""
        self.holders.add(name)
        self.queue.keep(name, self.now)

    @rule(seconds=st.floats(0, 4000))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def holders_and_line_are_as_they_should(self) -> None:
        assert set(self.queue.holders) == self.holders
        assert list(self.queue.line) == self.waiting

    @invariant()
    def nobody_waits_beside_a_free_place(self) -> None:
        assert not self.queue.line or len(self.queue.holders) >= self.queue.places

    @invariant()
    def positions_count_from_one_and_waits_grow_along_the_line(self) -> None:
        assert [self.queue.position(name) for name in self.waiting] == [*range(1, len(self.waiting) + 1)]
        assert all(self.queue.position(name) is None for name in self.holders)
        waits = [self.queue.wait_seconds(place + 1, self.now) for place in range(len(self.waiting))]
        assert waits == sorted(waits)
        assert all(wait >= 0 for wait in waits)

    def _let_in(self) -> None:
        while self.waiting and len(self.holders) < 3:
            self.holders.add(self.waiting.pop(0))


TestAnyOrder = QueueMachine.TestCase
TestAnyOrder.settings = settings(max_examples=60, deadline=None)


@pytest.fixture
def full_queue() -> SessionQueue:
    queue = SessionQueue(2, USUAL_SECONDS)
    queue.ask("ann", now=0)
    queue.ask("ben", now=600)
    for name in ("cem", "dia", "eva"):
        queue.ask(name, now=900)
    return queue


def test_wait_is_until_the_sessions_before_have_ended(full_queue: SessionQueue):
    waits = [full_queue.wait_seconds(position, now=900) for position in (1, 2, 3)]
    assert waits == [USUAL_SECONDS - 900, USUAL_SECONDS - 300, 2 * USUAL_SECONDS - 900]


def test_wait_follows_the_recent_lengths(full_queue: SessionQueue):
    full_queue.leave("ann", now=1000)  # cem follows; a session takes 1000 s now
    assert full_queue.wait_seconds(1, now=1000) == 600
    assert full_queue.wait_seconds(1, now=1900) == 0, "ben is past the usual length"
    assert full_queue.wait_seconds(2, now=1900) == 100


def test_failed_start_is_no_session_length(full_queue: SessionQueue):
    full_queue.leave("ben", now=601)
    full_queue.leave("cem", now=602)
    assert full_queue.wait_seconds(1, now=700) == USUAL_SECONDS - 700


def test_more_sessions_than_places_end_before_anybody_is_let_in():
    queue = SessionQueue(1, USUAL_SECONDS)
    queue.keep("ann", since=0)
    queue.keep("ben", since=100)
    assert not queue.ask("cem", now=200)
    assert queue.wait_seconds(1, now=200) == USUAL_SECONDS - 100
    queue.leave("ann", now=200)
    assert not queue.ask("cem", now=200)
    queue.leave("ben", now=200)
    assert queue.ask("cem", now=200)


@pytest.mark.parametrize(
    ("position", "seconds", "sentence"),
    [
        (1, 0, "You are 1st in line; about a minute."),
        (2, 61, "You are 2nd in line; about 2 minutes."),
        (3, 700, "You are 3rd in line; about 12 minutes."),
        (11, 3600, "You are 11th in line; about 60 minutes."),
        (22, 60, "You are 22nd in line; about a minute."),
    ],
)
def test_sentence(position: int, seconds: float, sentence: str):
    assert describe_wait(position, seconds) == sentence
