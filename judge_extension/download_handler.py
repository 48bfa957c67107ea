"""Sends a lab's folder to the learner's browser while it is packed, so that it needs no room anywhere."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from tornado import web
from tornado.iostream import StreamClosedError

from judge_extension.download import write_archive
from judge_extension.errors import LearnerServerError
from judge_extension.handlers import LabHandler, reason_of
from judge_extension.slugs import SLUG_PATTERN

_CHUNK_BYTES = 2**18


class DownloadHandler(LabHandler):
    """What fails before the first chunk is full is answered as JSON; after it the connection breaks, so that
    a part is never taken for the whole."""

    @web.authenticated
    @authorized
    async def get(self, slug: str) -> None:
        reading, writing = os.pipe()
        packing = asyncio.create_task(asyncio.to_thread(_pack, self.labs.folder(slug), writing))
        try:
            await self._send(reading, packing, f"{slug}.tar.gz")
        except StreamClosedError:
            return  # the browser has left
        finally:
            os.close(reading)  # the packing ends at its next write
            await asyncio.wait({packing})

    async def _send(self, reading: int, packing: asyncio.Task[None], name: str) -> None:
        with open(reading, "rb", closefd=False) as packed:
            chunk = await asyncio.to_thread(packed.read, _CHUNK_BYTES)
            if len(chunk) < _CHUNK_BYTES:
                await packing
            self.set_header("Content-Type", "application/gzip")
            self.set_header("Content-Disposition", f'attachment; filename="{name}"')
            while chunk:
                self.write(chunk)
                await self.flush()
                chunk = await asyncio.to_thread(packed.read, _CHUNK_BYTES)
        try:
            await packing
        except LearnerServerError as error:
            self.log.warning("The download of %s broke off: %s", name, reason_of(error))
            self.detach().close()  # else tornado ends the answer as if it were whole


def _pack(folder: Path, writing: int) -> None:
    with open(writing, "wb") as pipe:
        try:
            write_archive(folder, pipe)
        except BrokenPipeError:
            return


DOWNLOAD_ROUTES: list[tuple[str, type[LabHandler]]] = [
    (rf"api/labs/({SLUG_PATTERN})/download", DownloadHandler)
]
