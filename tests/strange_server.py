"""What a learner may put in the place of their session's server: the hub's side must take no harm from it.

`serve` runs it in a test's own loop. As a program, started by a hub as a session's server, it behaves as
its user's name says: ``endless``, ``silent`` or ``redirecting``; for other names it answers its environment.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
Behaviour = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


async def answer_environment(_path: str, writer: asyncio.StreamWriter) -> None:
    body = json.dumps(dict(os.environ)).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


async def answer_endless(_path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(CHUNK)
        await writer.drain()


async def answer_endless_headers(_path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 4096 + b"\r\n")
        await writer.drain()


async def answer_silent(_path: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def answer_redirecting(path: str, writer: asyncio.StreamWriter, visits: Path) -> None:
    with visits.open("a", encoding="utf-8") as file:
        file.write(f"{path}\n")
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: /followed\r\n")
    writer.write(b"Content-Length: 0\r\nConnection: close\r\n\r\n")


@asynccontextmanager
async def serve(behaviour: Behaviour, port: int = 0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1; yields the URL."""

    writers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            await behaviour(request.split()[1].decode(), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side has had enough
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def _main() -> None:
    behaviours: dict[str, Behaviour] = {
        "endless": answer_endless,
        "silent": answer_silent,
        "redirecting": partial(answer_redirecting, visits=Path("visits")),
    }
    behaviour = behaviours.get(os.environ["JUPYTERHUB_USER"], answer_environment)
    port = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"]).port
    async with serve(behaviour, port or 0):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
