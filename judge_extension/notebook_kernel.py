"""The kernel of a lab's notebook, started while the browser still loads JupyterLab.

JupyterLab looks for a session of the notebook's path before it would start one, and takes this one.
"""

from __future__ import annotations

import asyncio
import logging

from jupyter_server.services.sessions.sessionmanager import ModelName, SessionManager

from judge_extension.workspace import NOTEBOOK


class NotebookKernels:
    """Starts kernels beside what learners wait for. Where one fails, JupyterLab asks again, and says so."""

    def __init__(self, sessions: SessionManager, log: logging.Logger) -> None:
        self._sessions = sessions
        self._log = log
        self._starts: dict[str, asyncio.Task[None]] = {}

    def ensure(self, slug: str) -> None:
        """Begin, where the notebook has no kernel and none is being started."""
        start = self._starts.get(slug)
        if start is None or start.done():
            self._starts[slug] = asyncio.create_task(self._ensure(slug))

    async def stop(self) -> None:
        """Wait for what was begun: the server ends kernels, but not starts."""
        await asyncio.gather(*self._starts.values())

    async def _ensure(self, slug: str) -> None:
        path = f"{slug}/{NOTEBOOK}"
        try:
            if not await self._sessions.session_exists(path):  # type: ignore[no-untyped-call] # theirs
                await self._sessions.create_session(path=path, name=ModelName(NOTEBOOK), type="notebook")
        except Exception:  # whatever it is, it must not keep a lab from opening
            self._log.warning("The kernel of %s did not start", path, exc_info=True)
