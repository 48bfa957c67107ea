"""The egress log: squid's lines with their owners, as ``egress.log`` in the state folder.

squid writes to a file of its own, as its own user; we read it and append what a teacher may read. So squid
neither waits for the engine nor sees it, and a line outlives a crash of this command.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from hub_config.settings import Settings

from .egress_owners import NetworkOwners
from .egress_record import parse_access, render_record
from .locks import make_state_dir, try_state_lock
from .progress import Progress

LOG_NAME = "egress.log"
LOG_BYTES, LOG_BACKUPS = 10_000_000, 9
"""A line has some 350 bytes, so that the last quarter of a million connections are kept."""

REFRESH_SECONDS = 5.0
RAW_BYTES = 4_000_000
_CHUNK_BYTES = 1_000_000


class RawLog:
    """squid's own log file: each complete line is taken once, by whichever command has the lock.

    `reopen` tells squid to begin a new file, after the full one was renamed.
    """

    def __init__(self, file: Path, place_file: Path, reopen: Callable[[], None]) -> None:
        self._file = file
        self._full = file.with_suffix(".full")
        self._place_file = place_file
        self._reopen = reopen

    def take(self) -> list[str]:
        """The lines since the last call, a megabyte at most; [] where there are none now."""
        if self._full.exists():
            is_left = self._file.exists()  # asked before reading: squid writes no more to the full one
            lines = self._read(self._full)
            if lines or not is_left:
                return lines
            self._full.unlink()
            self._keep_place(0)
        lines = self._read(self._file)
        if self._place() > RAW_BYTES:
            self._file.rename(self._full)
            self._reopen()
        return lines

    def _read(self, file: Path) -> list[str]:
        place = self._place()
        data = _read_from(file, place)
        lines, newline, rest = data.rpartition(b"\n")
        if len(rest) >= _CHUNK_BYTES:
            rest = b""  # no line of ours is so long
        if len(data) > len(rest):
            self._keep_place(place + len(data) - len(rest))
        return lines.decode("ascii", errors="replace").split("\n") if newline else []

    def _place(self) -> int:
        try:
            return int(self._place_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def _keep_place(self, place: int) -> None:
        self._place_file.write_text(str(place), encoding="ascii")


class EgressLog:
    """Appends to ``egress.log`` what `raw` gives, with the owners that `owners` knows."""

    def __init__(self, settings: Settings, raw: RawLog, owners: NetworkOwners, progress: Progress) -> None:
        self._settings = settings
        self._raw = raw
        self._owners = owners
        self._progress = progress

    def look(self) -> None:
        """Append what is new; to be called each second or so while squid runs."""
        self._owners.refresh(older_than=REFRESH_SECONDS)
        self.append_new()

    def append_new(self) -> None:
        """Append what is new, unless another of the commands that share the proxy is doing so."""
        with self._ours() as file:
            if file is not None:
                self._append(file)

    @contextmanager
    def _ours(self) -> Iterator[_PrivateFile | None]:
        """The file to append to; None while another command does it."""
        with try_state_lock(self._settings, "egress-log") as is_ours:
            if not is_ours:
                yield None
                return
            path = make_state_dir(self._settings) / LOG_NAME
            with closing(_PrivateFile(path, maxBytes=LOG_BYTES, backupCount=LOG_BACKUPS, delay=True)) as file:
                yield file

    def _append(self, file: _PrivateFile) -> None:
        try:
            while lines := self._raw.take():
                for access in map(parse_access, lines):
                    if access is not None:
                        owner = self._owners.find(access.address, access.began)
                        file.append(render_record(access, owner))
        except OSError as error:
            self._progress.warn(f"The egress log could not be written: {error}")


class _PrivateFile(RotatingFileHandler):
    """A rotated file that only its owner reads."""

    def append(self, line: str) -> None:
        """Write one line, after beginning a new file where this one is full."""
        self.emit(logging.makeLogRecord({"msg": line}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Let it reach `append`'s caller; logging would print it and go on."""
        error = sys.exc_info()[1]
        if error is not None:
            raise error

    def _open(self) -> IO[str]:  # type: ignore[override]  # logging's own is a TextIOWrapper
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read_from(file: Path, place: int) -> bytes:
    """What `file` has from byte `place`. It lies in a folder of squid's user: only a plain file is read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return b""  # squid has not begun it, or it is a link
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return b""
        return os.pread(descriptor, _CHUNK_BYTES, place)
    finally:
        os.close(descriptor)
