"""A spawner that waits for a place before it starts anything: `LabSpawner`, or any other of JupyterHub's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

from jupyterhub.spawner import LoggingConfigurable, SpawnException  # a Spawner would have to start something
from jupyterhub.utils import maybe_future, utcnow
from traitlets import Float, Integer

from .session_places import SessionPlaces

_PLACES = "containrlab_session_places"


class QueuedStart(LoggingConfigurable):
    """Mixed into a spawner of JupyterHub's, before it.

    Waits in the hook before `start`, so that `start_timeout` bounds the start alone. A place is held from
    there until the server is gone: after a stop, a failed start or a crash JupyterHub runs the hook after the
    stop; where the server is not gone by then, who waits looks again.
    """

    sessions_limit = Integer(
        1, min=1, config=True, help="How many sessions run at once; later ones wait for a place, in a line."
    )
    usual_length = Float(
        1800,
        min=1,
        config=True,
        help="""Seconds that a session is taken to last as long as none has ended, for the expected wait.

        From then on it is the middle one of the last 20. It ends no session.""",
    )
    wait_limit = Float(
        3600, min=0, config=True, help="Seconds after which who waits is told to try again later."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.orm_spawner is not None and self.orm_spawner.server is not None:
            # Only a hub that starts again makes a spawner for a server that is there already. It makes all of
            # them before it looks which still run, and before it answers anybody.
            started = self.orm_spawner.started
            self.places.keep(self, started.replace(tzinfo=UTC).timestamp() if started else time.time())

    async def run_pre_spawn_hook(self) -> Any:
        """Returns when this session has its place. Raises `SpawnException` after `wait_limit`."""
        await self._wait_for_place()
        return await maybe_future(super().run_pre_spawn_hook())

    async def run_post_stop_hook(self) -> Any:
        """Gives the place back, if the server is gone."""
        outcome = await maybe_future(super().run_post_stop_hook())
        if await self.is_gone():
            self.places.leave(self)
        return outcome

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """What the page shows that waits for a server: place in line and expected wait, when they change."""
        said = None
        while not self.places.holds(self):
            if (words := self.places.describe(self)) and words != said:
                said = words
                yield {"progress": 0, "message": words, "waits": True}
            await self.places.moved()
        yield {"progress": 50, "message": "Your session is starting."}

    def get_state(self) -> dict[str, Any]:
        """The spawner's own, and for who waits `waits`: place in line and expected seconds.

        The hub's API tells it as it is at that moment, to who may read the state of servers.
        """
        state: dict[str, Any] = super().get_state()
        if wait := self.places.find_wait(self):
            place, seconds = wait
            state["waits"] = {"place": place, "seconds": round(seconds)}
        return state

    async def is_gone(self) -> bool:
        """Whether nothing of the server runs any more; not, where nobody can tell now."""
        try:
            return not await self.is_running()
        except Exception as error:  # whatever a spawner says when its machine is down
            self.log.warning("%s keeps its place until it is seen to be gone: %s", self._log_name, error)
            return False

    async def is_running(self) -> bool:
        """Whether the server runs. Raises whatever this spawner's `poll` does."""
        return await self.poll() is None

    @property
    def places(self) -> SessionPlaces:
        """The hub's own: all its users have one dictionary of settings."""
        settings: dict[str, Any] = self.user.settings
        if _PLACES not in settings:
            settings[_PLACES] = SessionPlaces(self.sessions_limit, self.usual_length)
        places: SessionPlaces = settings[_PLACES]
        return places

    async def _wait_for_place(self) -> None:
        try:
            if self.places.ask(self):
                return
            self.log.info("%s waits for a place: %s", self._log_name, self.places.describe(self))
            async with asyncio.timeout(self.wait_limit):
                while not self.places.ask(self):
                    await self.places.moved()
                    await self.places.take_back_left_behind(self)
                    if self.pending != "spawn":
                        # The hub stops: it has ended this start too, and ends sessions, which frees places.
                        # No CancelledError: it would reach the hub's own wait for this, and keep it running.
                        raise SpawnException("Your session was stopped.", reason="stopped", status_code=503)
        except TimeoutError as error:
            self.places.leave(self)
            raise SpawnException(
                f"No place became free in {self.wait_limit / 60:.0f} minutes, so your session did not start. "
                "Nothing of yours is lost. Please try again.",
                reason="capacity",
                status_code=503,
            ) from error
        except BaseException:  # cancelled too, by the learner or by a hub that stops
            self.places.leave(self)
            raise
        # JupyterHub has set these when it was asked; a session's time begins when it has its place. Committed
        # here: the hub rolls back what is not when it answers any request (BaseHandler.finish).
        self.orm_spawner.started = self.orm_spawner.last_activity = utcnow(with_tz=False)
        self.db.commit()
