"""Whether a session's server answers. It is its learner's own: what it says is neither read nor followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import aiohttp
from jupyterhub.httpclient import fetch
from jupyterhub.utils import exponential_backoff
from yarl import URL

ANSWER_SECONDS = 2.0
POLL_SECONDS = 0.05
ALIVE_POLL_SECONDS = 1.0


async def answers(url: str) -> bool:
    """True where `url` answers 200 in time. Its body stays where it is, however long."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            # encoded: "o%27brien" stays as it is; yarl would write "o'brien", which the server redirects.
            address = URL(url, encoded=True)
            response = await fetch(address, raise_for_status=False, allow_redirects=False)
    except (aiohttp.ClientError, TimeoutError):
        return False
    response.close()
    return bool(response.status == HTTPStatus.OK)


async def wait_until_answers(
    url: str, seconds: float, require_running: Callable[[], Awaitable[None]]
) -> None:
    """Ask `url` tightly, where the hub's own wait backs off by seconds. Raises `TimeoutError`.

    Now and then it asks `require_running`, which raises what ends the wait. Not each time: while a class of
    30 starts at once, the engine has other things to do.
    """
    next_look = time.monotonic() + ALIVE_POLL_SECONDS

    async def is_ready() -> bool:
        nonlocal next_look
        if await answers(url):
            return True
        if time.monotonic() >= next_look:
            await require_running()
            next_look = time.monotonic() + ALIVE_POLL_SECONDS
        return False

    await exponential_backoff(
        is_ready,
        f"{url} did not answer within {seconds:g} s",
        start_wait=POLL_SECONDS,
        scale_factor=1,
        max_wait=POLL_SECONDS,
        timeout=seconds,
    )
