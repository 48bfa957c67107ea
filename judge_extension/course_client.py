"""The one door to the course service.

Whatever goes wrong on the way (no address, nobody there, too slow, an answer that is not ours) leaves here as
`CourseServiceUnavailable`; the service's own "no" leaves as `CourseServiceRefused`. Nothing else leaves.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

import httpx

from judge_extension.errors import CourseServiceRefused, CourseServiceUnavailable

MAX_JSON_BYTES = 4 * 2**20
MAX_LAB_FILES_BYTES = 32 * 2**20
SILENCE_SECONDS = 45.0  # the service sends a comment line every 15 s while an attempt runs

EventStream = AbstractAsyncContextManager[AsyncIterator[bytes]]


class CourseClient:
    """Speaks for this server: the token is the server's own, and says whose it is."""

    def __init__(self, url: str, token: str, host: str = "", timeout: float = 10.0) -> None:
        self._url = url if url.endswith("/") else f"{url}/"
        self._headers = {"Authorization": f"token {token}", "Accept-Encoding": "identity"}
        if host:
            self._headers["Host"] = host
        self._timeout = timeout

    async def get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        return _as_json(await self._ask("GET", path, MAX_JSON_BYTES, params=params or {}))

    async def post(self, path: str) -> dict[str, Any]:
        return _as_json(await self._ask("POST", path, MAX_JSON_BYTES, content=b""))

    async def lab_files(self, slug: str) -> bytes:
        """The tar of what a learner starts from."""
        return await self._ask("GET", f"api/labs/{slug}/files", MAX_LAB_FILES_BYTES)

    async def submit(self, slug: str, tar: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "application/x-tar"}
        path = f"api/judge/{slug}"
        return _as_json(await self._ask("POST", path, MAX_JSON_BYTES, content=tar, headers=headers))

    def events(self, attempt_id: int) -> EventStream:
        """An attempt's events."""
        return self._stream("GET", f"api/attempts/{attempt_id}/events")

    def answer(self, kind: str, question: dict[str, Any]) -> EventStream:
        """The events of an answer while it is written; `kind` is hint or explain."""
        return self._stream("POST", f"api/agent/{kind}", json=question)

    async def close(self) -> None:
        if "_http" in self.__dict__:
            await self._http.aclose()

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        # Late, because building it costs a moment of every session's start. No proxy: the session's own
        # leads to package registries only.
        return httpx.AsyncClient(headers=self._headers, timeout=self._timeout, trust_env=False)

    @asynccontextmanager
    async def _stream(self, method: str, path: str, **request: Any) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of an event stream as they arrive; leaving the block closes it upstream.

        A stream that breaks in the middle just ends: whoever reads it sees that its last event is missing.
        """
        timeout = httpx.Timeout(self._timeout, read=SILENCE_SECONDS)
        try:
            async with self._http.stream(method, self._address(path), timeout=timeout, **request) as response:
                if response.status_code != 200 or not _is_event_stream(response):
                    raise _refusal(response, await _read_bounded(response, MAX_JSON_BYTES))
                yield _until_it_breaks(response)
        except httpx.HTTPError as error:
            raise CourseServiceUnavailable(f"{method} {path}: {error!r}") from error

    def _address(self, path: str) -> httpx.URL:
        try:
            address = httpx.URL(urljoin(self._url, path))
        except (httpx.InvalidURL, ValueError) as error:
            raise CourseServiceUnavailable(f"CONTAINRLAB_COURSE_URL is no address: {error}") from error
        if address.scheme not in ("http", "https") or not address.host:
            raise CourseServiceUnavailable("CONTAINRLAB_COURSE_URL is not set to an http(s) address")
        return address

    async def _ask(self, method: str, path: str, most: int, **request: Any) -> bytes:
        address = self._address(path)
        try:
            # httpx limits each wait; a service that drips a byte at a time needs a limit on the whole.
            async with asyncio.timeout(self._timeout):
                async with self._http.stream(method, address, **request) as response:
                    body = await _read_bounded(response, most)
        except (httpx.HTTPError, TimeoutError) as error:
            raise CourseServiceUnavailable(f"{method} {path}: {error!r}") from error
        if not 200 <= response.status_code < 300:
            raise _refusal(response, body)
        return body


async def _read_bounded(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            raise CourseServiceUnavailable(f"{response.url} answered with more than {most} bytes")
    return bytes(body)


def _is_event_stream(response: httpx.Response) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("text/event-stream")


async def _until_it_breaks(response: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in response.aiter_bytes():
            yield chunk
    except httpx.HTTPError:
        return


def _as_json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise CourseServiceUnavailable(f"an answer that is not JSON: {body[:80]!r}") from error
    if not isinstance(answer, dict):
        raise CourseServiceUnavailable(f"an answer that is not a JSON object: {body[:80]!r}")
    return answer


def _refusal(response: httpx.Response, body: bytes) -> CourseServiceRefused | CourseServiceUnavailable:
    """A 4xx with our code is the service's word; any other is that of something in between, like the hub."""
    status = response.status_code
    if 400 <= status < 500:
        answer = _as_json(body)
        if isinstance(answer.get("code"), str) and isinstance(answer.get("message"), str):
            seconds = response.headers.get("Retry-After", "")
            retry_after = int(seconds) if re.fullmatch(r"[0-9]{1,6}", seconds) else None
            return CourseServiceRefused(status, answer, retry_after)
    return CourseServiceUnavailable(f"status {status}: {body[:80]!r}")
