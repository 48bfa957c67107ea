"""The hub's look at a session's server, where a learner has put another in its place."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient

from spawner import readiness
from spawner.readiness import answers
from tests.strange_server import (
    answer_endless,
    answer_endless_headers,
    answer_environment,
    answer_redirecting,
    answer_silent,
    serve,
)

MEBIBYTE = 1024**2


@pytest.fixture(autouse=True)
async def http_client() -> AsyncIterator[None]:
    """The hub's own client, closed afterwards; that of this loop: `instance()` may be of another's test."""
    yield
    await JupyterHubHTTPClient.loop_instance().close()


async def test_server_that_answers_is_ready():
    async with serve(answer_environment) as url:
        assert await answers(url)


async def test_a_name_is_asked_for_as_the_hub_wrote_it():
    asked = []

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        asked.append(path)
        await answer_environment(path, writer)

    async with serve(answer) as url:
        assert await answers(f"{url}/user/o%27brien/api")
    assert asked == ["/user/o%27brien/api"]


async def test_nobody_there_is_not_ready():
    async with serve(answer_environment) as url:
        pass
    assert not await answers(url)


async def test_endless_body_is_not_read():
    before = psutil.Process().memory_info().rss
    async with serve(answer_endless) as url:
        assert all([await answers(url) for _ in range(20)])
    gc.collect()
    assert psutil.Process().memory_info().rss - before < 20 * MEBIBYTE


async def test_endless_headers_are_given_up():
    async with serve(answer_endless_headers) as url:
        assert not await answers(url)


async def test_redirect_is_not_followed(tmp_path: Path):
    visits = tmp_path / "visits"
    async with serve(partial(answer_redirecting, visits=visits)) as url:
        assert not await answers(url + "/api")
    assert visits.read_text() == "/api\n"


async def test_silence_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readiness, "ANSWER_SECONDS", 0.2)
    started = time.monotonic()
    async with serve(answer_silent) as url:
        assert not await answers(url)
    assert time.monotonic() - started < 30
    await asyncio.sleep(0)  # the client lets go of the connection
