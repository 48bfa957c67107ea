"""``docker exec`` with a stream as its standard input: how images get from one engine into another."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import docker

from spawner.exec_stream import ExecStream

INACTIVE_SECONDS = 600
"""How long the command may neither take input nor, after the last of it, end before it is given up."""


def feed_command(
    engine: docker.APIClient, container: str, argv: Sequence[str], uid: int, chunks: Iterable[bytes]
) -> tuple[int, str]:
    """Run `argv` on `chunks`; its exit code and what it printed. Raises `OSError` and docker-py's errors."""
    with ExecStream(engine, container, argv, uid, chunks, input_seconds=INACTIVE_SECONDS) as stream:
        output = b"".join(stream.read_until(time.monotonic() + INACTIVE_SECONDS))
        return stream.exit_code(), output.decode(errors="replace")
