"""The bench as a user of a hub: it asks for servers by the API, and waits for them as a browser does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import aiohttp

READY_SECONDS = 330
"""How long a start may take; the hub gives up after 300 s."""
STOP_SECONDS = 60
_POLL_SECONDS = 0.02
_SLOW_POLL_SECONDS = 0.2


class StartFailed(Exception):
    """A server did not come up; the text says why."""


FAILURES = (StartFailed, TimeoutError, aiohttp.ClientError)
"""What a `HubClient` raises."""


class HubClient:
    """Asks one hub with a token that may start anybody's server; an asynchronous context manager."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            headers={"Authorization": f"token {self._token}"},
            connector=aiohttp.TCPConnector(
                limit=0,
                force_close=True,  # the proxy hangs up on a connection that is not used for 5 s
            ),
            timeout=aiohttp.ClientTimeout(total=READY_SECONDS),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._http is not None  # noqa: S101 - entered before
        await self._http.close()

    async def add_learner(self, name: str) -> None:
        """Make the user, as a sign-in does."""
        async with self._ask("POST", f"users/{name}") as answer:
            if answer.status not in (HTTPStatus.CREATED, HTTPStatus.CONFLICT):
                raise StartFailed(f"{name} could not be added: {answer.status} {await answer.text()}")

    async def start(self, name: str, options: Mapping[str, str] | None = None) -> float:
        """Seconds from asking for the server until its ``/api`` answers at the public port.

        Raises `StartFailed`.
        """
        began = time.monotonic()
        async with self._ask("POST", f"users/{name}/server", json=dict(options or {})) as answer:
            if answer.status not in (HTTPStatus.CREATED, HTTPStatus.ACCEPTED):
                raise StartFailed(f"{name}: {answer.status} {await answer.text()}")
        if answer.status == HTTPStatus.ACCEPTED:
            await self._follow_progress(name)
        await self._wait_until_answered(name)
        return time.monotonic() - began

    async def stop(self, name: str) -> None:
        """Returns when the hub says that the server is gone. Raises `TimeoutError`."""
        async with asyncio.timeout(STOP_SECONDS):
            async with self._ask("DELETE", f"users/{name}/server"):
                pass
            while await self._has_server(name):
                await asyncio.sleep(_SLOW_POLL_SECONDS)

    async def time_request(self, path: str) -> float:
        """Seconds until the hub's API has answered a GET of `path`; all its time where it does not."""
        began = time.monotonic()
        try:
            async with self._ask("GET", path) as answer:
                await answer.read()
        except (TimeoutError, aiohttp.ClientError):
            return READY_SECONDS
        return time.monotonic() - began

    async def _follow_progress(self, name: str) -> None:
        """Wait as the hub's own waiting page does: by the hub's events, and not by asking again and again."""
        async with self._ask("GET", f"users/{name}/server/progress") as answer:
            if answer.status != HTTPStatus.OK:
                raise StartFailed(f"{name}: {answer.status} {await answer.text()}")
            async for line in answer.content:
                if not line.startswith(b"data:"):
                    continue
                event = json.loads(line.removeprefix(b"data:"))
                if event.get("failed"):
                    raise StartFailed(f"{name}: {event.get('message')}")
                if event.get("ready"):
                    return
        raise StartFailed(f"{name}: the hub told no more of it")

    async def _wait_until_answered(self, name: str) -> None:
        assert self._http is not None  # noqa: S101 - entered before
        async with asyncio.timeout(READY_SECONDS):
            while True:
                async with self._http.get(f"{self._url}/user/{name}/api") as answer:
                    if answer.status == HTTPStatus.OK and "version" in await answer.json():
                        return
                await asyncio.sleep(_POLL_SECONDS)

    async def _has_server(self, name: str) -> bool:
        async with self._ask("GET", f"users/{name}") as answer:
            return bool((await answer.json())["servers"])

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        assert self._http is not None  # noqa: S101 - entered before
        return self._http.request(method, f"{self._url}/hub/api/{path}", **arguments)
