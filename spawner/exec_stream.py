"""One ``docker exec``: standard input in, output out as it comes, and a deadline on every wait."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import docker

from .docker_engine import CALL_TIMEOUT_SECONDS

_FRAME_HEADER = struct.Struct(">BxxxL")
_CHUNK = 64 * 1024
_END_SECONDS = 5.0


class ExecStream:
    """Starts the command on entering, and hands it all of `stdin` where there is any.

    The command may leave its input untaken for `input_seconds`. Raises `TimeoutError`, `OSError` and
    docker-py's errors.
    """

    def __init__(
        self,
        engine: docker.APIClient,
        container: str,
        argv: Sequence[str],
        uid: int,
        stdin: Iterable[bytes] | None = None,
        *,
        input_seconds: float = CALL_TIMEOUT_SECONDS,
    ) -> None:
        self._engine = engine
        self._stdin = stdin
        self._input_seconds = input_seconds
        self._exec_id: str = engine.exec_create(
            container, list(argv), stdin=stdin is not None, user=f"{uid}:{uid}"
        )["Id"]

    def __enter__(self) -> Self:
        connection: Any = self._engine.exec_start(self._exec_id, socket=True)
        self._connection = connection
        self._socket: socket.socket = connection._sock
        # The first output may already lie in the buffer that the answer's header was read through, where
        # docker-py's own reader misses it.
        self._reader = connection._response.raw._fp.fp
        if self._stdin is not None:
            try:
                self._send(self._stdin)
            except BaseException:
                self._close()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def read_until(self, deadline: float) -> Iterator[bytes]:
        """What the command prints, until it ends. Raises `TimeoutError` at `deadline` (monotonic)."""
        pending = b""
        left_of_frame = 0
        while data := self._receive(deadline):
            pending += data
            while pending:
                if left_of_frame == 0:
                    if len(pending) < _FRAME_HEADER.size:
                        break
                    _, left_of_frame = _FRAME_HEADER.unpack_from(pending)
                    pending = pending[_FRAME_HEADER.size :]
                    continue
                piece, pending = pending[:left_of_frame], pending[left_of_frame:]
                left_of_frame -= len(piece)
                yield piece

    def exit_code(self) -> int:
        """The command's exit code, once its output has ended."""
        deadline = time.monotonic() + _END_SECONDS
        while time.monotonic() < deadline:
            state = self._engine.exec_inspect(self._exec_id)
            if not state["Running"]:
                return int(state["ExitCode"])
            time.sleep(0.02)
        raise TimeoutError("the command closed its output and did not end")

    def _send(self, chunks: Iterable[bytes]) -> None:
        self._socket.settimeout(self._input_seconds)
        with suppress(BrokenPipeError, ConnectionResetError):  # it ended early, and its output says why
            for chunk in chunks:
                self._socket.sendall(chunk)
            self._socket.shutdown(socket.SHUT_WR)

    def _close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._connection._response.close()
        self._connection.close()

    def _receive(self, deadline: float) -> bytes:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the command did not end in time")
        self._socket.settimeout(remaining)
        return bytes(self._reader.read1(_CHUNK))
