"""Lets the database know who learners are on GitHub, as their requests tell it."""

from __future__ import annotations

import asyncio

from .authentication import Caller
from .github_identity import GitHubIdentity
from .store import Store


class IdentityKeeper:
    """Writes down what is new since the service's start; one request after another, as they come at once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[str, GitHubIdentity] = {}
        self._lock = asyncio.Lock()

    async def keep(self, caller: Caller) -> None:
        """Returns when the caller's identity, if they have one, is written down."""
        if caller.github is None or self._kept.get(caller.name) == caller.github:
            return
        async with self._lock:
            await asyncio.to_thread(self._store.keep_identity, caller.name, caller.github)
            self._kept[caller.name] = caller.github
