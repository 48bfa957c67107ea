"""Removes what no learner's session owns: what the hub, or a session, left when it was killed.

The hub's word decides, and where it says nothing, nothing is removed. A session is removed under its lock,
and only if the hub has no server of its learner while the lock is held: whoever starts one later waits for
the lock before making anything, and whose start has passed it, the hub has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from docker.errors import DockerException

from spawner.errors import SpawnerError
from spawner.labels import session_name, session_owner

from .errors import HubUnavailable

LOOK_SECONDS = 10.0
"""How often it looks."""

REMOVALS_AT_ONCE = 4

log = logging.getLogger(__name__)


class Hub(Protocol):
    """What it asks of the hub; `hub_servers.HubServers` says how."""

    async def list_owners(self) -> set[str]: ...

    async def has_server(self, user: str) -> bool: ...


class Remains(Protocol):
    """What it asks of the machine; `spawner.session_remains.SessionRemains` says how."""

    def list_sessions(self) -> set[str]: ...

    def try_lock(self, name: str) -> AbstractContextManager[bool]: ...

    def remove(self, name: str) -> None: ...

    def remove_scrap(self) -> list[str]: ...


InThread = Callable[..., Awaitable[Any]]
"""Calls a function that blocks, with its arguments."""


class SessionReconciler:
    """One for the service. It remembers nothing but what it has complained about."""

    def __init__(
        self, hub: Hub, remains: Remains, *, instance: str, in_thread: InThread | None = None
    ) -> None:
        self._hub = hub
        self._remains = remains
        self._instance = instance
        self._in_thread = in_thread or _own_threads()
        self._places = asyncio.Semaphore(REMOVALS_AT_ONCE)
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look until cancelled, whatever happens to the hub and the engine meanwhile."""
        while True:
            await self.try_to_look()
            await asyncio.sleep(LOOK_SECONDS)

    async def try_to_look(self) -> None:
        """Once. Where hub or engine do not answer, nothing is removed."""
        with self._telling("What ended sessions left"):
            await self._look()

    async def _look(self) -> None:
        there = await self._in_thread(self._remains.list_sessions)  # first: what starts later is not in it
        owned = {session_name(self._instance, user) for user in await self._hub.list_owners()}
        await asyncio.gather(*(self._remove_unless_owned(name) for name in sorted(there - owned)))
        for scrap in await self._in_thread(self._remains.remove_scrap):
            log.warning("A crash had left %s; it is removed", scrap)

    async def _remove_unless_owned(self, name: str) -> None:
        """Remove it, or leave it to the next look."""
        with self._telling(f"What is left of {name}"):
            async with self._places:
                with self._remains.try_lock(name) as is_ours:
                    user = session_owner(self._instance, name)
                    if not is_ours or await self._hub.has_server(user):
                        return
                    await self._to_the_end(self._in_thread(self._remains.remove, name))
            log.warning("A crash had left something of %s, which no session owns; it is removed", name)

    @staticmethod
    async def _to_the_end(removal: Awaitable[None]) -> None:
        """Wait for it, even when cancelled: the lock must be held until it is done."""
        task = asyncio.ensure_future(removal)
        try:
            await asyncio.shield(task)
        finally:
            await asyncio.wait({task})

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        """Leave what is wrong to the next look, and say it once for as long as it lasts."""
        try:
            yield
        except (HubUnavailable, SpawnerError, DockerException, OSError) as error:
            if what not in self._told:
                log.warning("%s cannot be removed yet: %s", what, error)
            self._told.add(what)
        else:
            self._told.discard(what)


def _own_threads() -> InThread:
    """Not the ones that all of the service shares: removing takes seconds."""
    threads = ThreadPoolExecutor(REMOVALS_AT_ONCE, thread_name_prefix="reconciler")

    async def call(function: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(threads, function, *args)

    return call
