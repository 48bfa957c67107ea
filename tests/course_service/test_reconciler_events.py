"""Whatever happens between any two steps: what a session owns stays, and what none owns goes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from hypothesis import given, settings
from hypothesis import strategies as st

from course_service.session_reconciler import SessionReconciler
from spawner.labels import session_name

from .simulated_remains import INSTANCE, PARTS, LearnersStart, Process, SimulatedService, World

LEARNERS = ("ada", "o'brien")
STEPS = st.integers(1, 12)
EVENTS = st.one_of(
    st.tuples(st.just("look"), STEPS),
    st.tuples(st.sampled_from(LEARNERS), STEPS),
    st.tuples(st.sampled_from(["lose", "kill hub", "lose database", "kill service", "stop service"]), STEPS),
)


class Course:
    """A hub that starts and stops two learners' sessions, and the reconciler; both go on when told to."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.world = World()
        self.sessions: dict[str, LearnersStart] = {}
        self.starts = 0
        self.stopping = SimulatedService(self.world)
        for user in LEARNERS:  # what a hub before had left
            self.world.parts(user).update(dict.fromkeys(PARTS, 0))
        self.begin_service()

    def begin_service(self) -> None:
        self.service = SimulatedService(self.world)
        self.reconciler = SessionReconciler(
            self.service, self.service, instance=INSTANCE, in_thread=self.service.in_thread
        )
        self.looking: asyncio.Task[None] | None = None

    def go_on(self, what: str, steps: int) -> None:
        """Let one go on by so many steps, or let one thing happen."""
        match what:
            case "look":
                self.look(steps)
            case "lose":
                self.lose(LEARNERS[steps % 2])
            case "kill hub":
                self.kill_hub()
            case "lose database":
                self.kill_hub()
                self.sessions.clear()
                self.world.servers.clear()
            case "kill service":
                self.service.kill()
                self.begin_service()
            case "stop service":
                self.stop_service()
            case learner:
                self.use(learner, steps)

    def look(self, steps: int) -> None:
        """Go on with the look that has begun, or begin one."""
        if self.looking is None or self.looking.done():
            self.looking = self._begin(self.reconciler.try_to_look())
        for _ in range(steps):
            self._take_step(self.stopping)
            self._take_step(self.service)

    def use(self, learner: str, steps: int) -> None:
        """Go on with the start or stop of the learner's session, or begin it. That brings a dead hub back."""
        self.start_hub()
        session = self.sessions.get(learner)
        if session is None:
            self.starts += 1
            session = self.sessions[learner] = LearnersStart(self.world, user=learner, number=self.starts)
            self._begin(session.start())
        elif session.is_running:
            self._begin(session.stop())
        for _ in range(steps):
            self._take_step(session)
        if learner not in self.world.servers:
            del self.sessions[learner]

    def lose(self, learner: str) -> None:
        """The hub has the session no more, and could not remove it: the engine was down."""
        if learner in self.sessions:
            self.sessions.pop(learner).kill()
            self.world.servers.discard(learner)

    def kill_hub(self) -> None:
        """Sessions that run go on; those that start or stop are lost, though its database has them."""
        self.world.is_hub_up = False
        for user in [user for user, session in self.sessions.items() if not session.is_running]:
            self.sessions.pop(user).kill()

    def start_hub(self) -> None:
        """It gives up what does not run."""
        if not self.world.is_hub_up:
            self.world.is_hub_up = True
            self.world.servers &= set(self.sessions)

    def stop_service(self) -> None:
        """It ends what it has begun; then the hub starts it again, while sessions may start too."""
        if self.looking and not self.looking.done():
            self.stopping.kill()
            self.stopping = self.service
            self.looking.cancel()
            self._settle()
        self.begin_service()

    def finish(self) -> None:
        """Let everybody end what they do."""
        processes = (self.stopping, self.service, *self.sessions.values())
        for _ in range(100):
            for process in processes:
                self._take_step(process)
        assert not any(process.waiting for process in processes), "somebody waits for ever"
        if self.looking:
            self.looking.result()

    def check(self) -> None:
        """What sessions have made is there."""
        for user, session in self.sessions.items():
            parts = self.world.parts(user)
            assert {part for part in session.made if parts.get(part) == session.number} == session.made

    def _begin(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._settle()
        return task

    def _take_step(self, process: Process) -> None:
        if process.waiting:
            process.waiting.pop(0).set_result(None)
            self._settle()

    def _settle(self) -> None:
        """Until everybody waits for the test."""
        for _ in range(12):
            self.loop.call_soon(self.loop.stop)
            self.loop.run_forever()


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=14))
def test_what_a_session_owns_stays_and_what_none_owns_is_gone_after_two_looks(events):
    with asyncio.Runner() as runner:
        course = Course(runner.get_loop())
        for what, steps in events:
            course.go_on(what, steps)
            course.check()
        course.finish()
        course.start_hub()
        for _ in range(2):
            course.look(1)
            course.finish()
        course.check()
        owned = {session_name(INSTANCE, user) for user in course.sessions}
        assert course.service.list_sessions() <= owned
