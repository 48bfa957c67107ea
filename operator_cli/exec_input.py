"""``docker exec`` with a stream as its standard input: how images get from one engine into another."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

import docker

INACTIVE_SECONDS = 600
"""How long the command may neither take input nor print before it is given up."""

_FRAME_HEADER = struct.Struct(">BxxxL")


def feed_command(
    engine: docker.APIClient, container: str, argv: Sequence[str], uid: int, chunks: Iterable[bytes]
) -> tuple[int, str]:
    """Run `argv` on `chunks`; its exit code and what it printed. Raises `OSError` and docker-py's errors."""
    exec_id = engine.exec_create(container, list(argv), stdin=True, user=f"{uid}:{uid}")["Id"]
    connection: Any = engine.exec_start(exec_id, socket=True)
    stream: socket.socket = connection._sock
    stream.settimeout(INACTIVE_SECONDS)
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # it ended early, and its output says why
            for chunk in chunks:
                stream.sendall(chunk)
            stream.shutdown(socket.SHUT_WR)
        # Not docker-py's reader: that one misses output which came together with the answer's header.
        output = b"".join(_read_frames(connection._response.raw._fp.fp))
    finally:
        connection._response.close()
        connection.close()
    return int(engine.exec_inspect(exec_id)["ExitCode"]), output.decode(errors="replace")


def _read_frames(reader: BinaryIO) -> Iterator[bytes]:
    while len(header := reader.read(_FRAME_HEADER.size)) == _FRAME_HEADER.size:
        _, length = _FRAME_HEADER.unpack(header)
        yield reader.read(length)
