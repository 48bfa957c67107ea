"""A spawner that knows how its server ended: `LabSpawner`, or any other of JupyterHub's."""

from __future__ import annotations

from typing import Any

from jupyterhub.spawner import LoggingConfigurable  # a Spawner would have to start something
from jupyterhub.utils import maybe_future

STOPPED = "stopped"
CRASHED = "crashed"


class KnownEnd(LoggingConfigurable):
    """Mixed into a spawner of JupyterHub's, before it.

    JupyterHub calls `stop` for a server that runs, and not for one that it finds ended already. After either
    it writes the spawner's state down, and tells it of stopped servers until the next start. How a server
    ended while no hub ran is not known: the course may have ended.
    """

    _was_seen = False
    _was_told_to_stop = False
    _end: str | None = None

    async def run_pre_spawn_hook(self) -> Any:
        """A new server begins."""
        self._was_seen, self._was_told_to_stop, self._end = True, False, None
        return await maybe_future(super().run_pre_spawn_hook())

    def start_polling(self) -> None:
        """The server runs: a hub that was started again has looked."""
        self._was_seen = True
        super().start_polling()

    def note_stop(self) -> None:
        """For a `stop` that is not this class's: somebody wants the server to end."""
        self._was_told_to_stop = True

    async def stop(self, now: bool = False) -> None:
        """The spawner's own."""
        self.note_stop()
        await super().stop(now)

    async def run_post_stop_hook(self) -> Any:
        """The server has ended."""
        if self._was_told_to_stop:
            self._end = STOPPED
        elif self._was_seen:
            self._end = CRASHED
        return await maybe_future(super().run_post_stop_hook())

    def get_state(self) -> dict[str, Any]:
        """The spawner's own, and where it is known the `end` of a server: `STOPPED` or `CRASHED`."""
        state: dict[str, Any] = super().get_state()
        return state if self._end is None else {**state, "end": self._end}
