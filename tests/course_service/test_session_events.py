"""Whatever happens in whatever order: sessions end on time, and learners are shown that very time.

A simulated hub and a clock that the test moves stand in for the real ones, which ``tests/hub_config`` has.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from course_service.database import upgrade_database
from course_service.errors import ExtensionRefused, HubUnavailable, SessionNotFound
from course_service.session_clock import ClockPolicy
from course_service.session_handlers import describe_session
from course_service.session_store import SessionStore
from course_service.session_watch import SessionWatch

from .simulated_hub import Key, SimulatedHub

POLICY = ClockPolicy(
    length=timedelta(minutes=30), extension=timedelta(minutes=15), extensions=1, longest=timedelta(hours=1)
)
POLL = timedelta(minutes=1)
"""Longer than the real one, so that an example does not look too often."""
LEARNERS = st.sampled_from(["ada", "o'brien"])


class Course(RuleBasedStateMachine):
    """A hub, the service and two learners. The service looks once in a poll interval, and at its start."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        (self.folder / "course.sqlite").write_bytes(_empty_database())
        self.runner = asyncio.Runner()
        self.hub = SimulatedHub(datetime(2026, 11, 2, 10, tzinfo=UTC))
        self.granted: dict[Key, int] = {}
        self.added: dict[Key, int] = {}
        """By staff, as `granted` is by policy."""
        self.shown: dict[Key, datetime] = {}
        self.start_service()

    def teardown(self) -> None:
        self.sessions.close()
        self.runner.close()
        shutil.rmtree(self.folder)

    def start_service(self) -> None:
        self.sessions = SessionStore(f"sqlite:///{self.folder / 'course.sqlite'}")
        self.watch = SessionWatch(self.hub, self.sessions, POLICY, instance="x", now=lambda: self.hub.now)
        self.is_serving = True
        self.look()

    @rule(seconds=st.integers(1, 2000))
    def let_time_pass(self, seconds: int) -> None:
        self._pass_time(self.hub.now + timedelta(seconds=seconds))

    @precondition(lambda self: self.hub.started)
    @rule(seconds=st.sampled_from([-1, 0, 1, 70]))
    def let_a_session_run_to_its_end(self, seconds: int) -> None:
        """Or to just before or after it."""
        self._pass_time(min(map(self.deadline, self.hub.started.items())) + timedelta(seconds=seconds))

    @rule(user=LEARNERS)
    def start(self, user: str) -> None:
        """Also at once after the last session's end."""
        if self.hub.is_up and user not in self.hub.started:
            self.hub.start(user)

    @rule(user=LEARNERS, starts_anew=st.booleans())
    def end(self, user: str, starts_anew: bool) -> None:
        """By its learner, for idling, or by a crash: the hub has it no more."""
        self.hub.started.pop(user, None)
        if starts_anew:
            self.start(user)

    @rule(user=LEARNERS)
    def extend(self, user: str) -> None:
        if not (self.is_serving and self.hub.is_up):
            return
        try:
            extended = self.runner.run(self.watch.extend(user))
        except SessionNotFound:
            assert user not in self.hub.started
        except ExtensionRefused:
            key = (user, self.hub.started[user])
            is_over = self.hub.now >= self.deadline(key)
            is_longest = self.deadline(key) >= key[1] + POLICY.longest
            is_used_up = self.granted.get(key, 0) == POLICY.extensions
            assert is_over or is_longest or is_used_up or self.hub.line
        else:
            assert not self.hub.line
            key = (user, self.hub.started[user])
            self.granted[key] = self.granted.get(key, 0) + 1
            assert self.granted[key] <= POLICY.extensions
            assert extended.clock.deadline == self.deadline(key)

    @rule(name=st.sampled_from(["bob", "cem"]))
    def come_or_leave_the_line(self, name: str) -> None:
        """Somebody else waits for a place from here on, or does no more."""
        self.hub.line = [one for one in self.hub.line if one != name] or [name]

    @rule(what=st.sampled_from(["hub", "stopping", "service"]))
    def break_something(self, what: str) -> None:
        """The hub is down, fails to stop servers, or the service is down. Servers go on meanwhile."""
        if what == "hub":
            self.hub.is_up = False
        elif what == "stopping":
            self.hub.can_stop = False
        elif self.is_serving:
            self.sessions.close()
            self.is_serving = False

    @rule()
    def mend_everything(self) -> None:
        self.hub.is_up = self.hub.can_stop = True
        if not self.is_serving:
            self.start_service()

    @rule(user=LEARNERS)
    def extend_by_staff(self, user: str) -> None:
        if self.is_serving and self.hub.is_up and user in self.hub.started:
            key = (user, self.hub.started[user])
            try:
                self.runner.run(self.watch.extend_by_staff(user, "teacher"))
            except ExtensionRefused:
                assert self.hub.now >= self.deadline(key) or self.deadline(key) >= key[1] + POLICY.longest
            else:
                self.added[key] = self.added.get(key, 0) + 1

    @rule()
    def hub_forgets_its_servers_for_a_moment(self) -> None:
        """As it might before it has looked for them at its own start."""
        if self.is_serving:
            servers, self.hub.started = self.hub.started, {}
            self.look()
            self.hub.started = servers
            self.look()

    @invariant()
    def none_is_ended_early(self) -> None:
        for key, stopped in self.hub.stopped.items():
            assert stopped >= self.deadline(key)
            assert stopped >= self.shown.get(key, stopped)

    @invariant()
    def none_outlives_its_deadline_by_more_than_the_poll_interval(self) -> None:
        """Counted from when it could have been ended: the hub ends servers, and was there to do it."""
        if self.could_end:
            for key in self.hub.started.items():
                assert self.hub.now - self.deadline(key) <= POLL

    @invariant()
    def what_a_learner_is_shown_is_what_ends_the_session(self) -> None:
        if self.is_serving and self.hub.is_up:
            for key in self.hub.started.items():
                shown = describe_session(self.runner.run(self.watch.find(key[0])), self.watch)
                self.shown[key] = datetime.fromisoformat(shown["expires_at"])
                assert self.shown[key] == self.deadline(key)
                assert shown["seconds_left"] == max((self.deadline(key) - self.hub.now).total_seconds(), 0)

    def _pass_time(self, end: datetime) -> None:
        while self.next_look <= end:
            self.hub.now = max(self.hub.now, self.next_look)
            self.look()
        self.hub.now = max(self.hub.now, end)

    def deadline(self, key: Key) -> datetime:
        """The rule that the service has to keep, said once more."""
        extensions = self.granted.get(key, 0) + self.added.get(key, 0)
        return key[1] + POLICY.length + extensions * POLICY.extension

    def look(self) -> None:
        self.next_look = self.hub.now + POLL
        self.could_end = self.is_serving and self.hub.is_up and self.hub.can_stop
        if self.is_serving:
            try:
                self.runner.run(self._look_once())
            except* HubUnavailable:
                assert not self.hub.is_up
        if self.could_end:
            assert all(self.deadline(key) > self.hub.now for key in self.hub.started.items())

    async def _look_once(self) -> None:
        async with asyncio.TaskGroup() as ends:
            await self.watch.look(ends)


@cache
def _empty_database() -> bytes:
    """Made once: migrations take longer than a whole example."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "course.sqlite"
        upgrade_database(f"sqlite:///{file}")
        return file.read_bytes()


TestCourse = Course.TestCase
TestCourse.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
