"""Whether a session's server answers. It is its learner's own: what it says is neither read nor followed."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

import aiohttp
from jupyterhub.httpclient import fetch
from yarl import URL

ANSWER_SECONDS = 2.0


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
