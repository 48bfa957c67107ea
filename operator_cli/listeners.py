"""Which process listens on a port of this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TABLES = ("net/tcp", "net/tcp6")
_LISTENS = "0A"  # TCP_LISTEN in include/net/tcp_states.h


@dataclass(frozen=True)
class Listener:
    """A process that listens."""

    pid: int
    program: str
    folder: str
    arguments: str

    def belongs_to(self, state_dir: Path) -> bool:
        """True for a process of this state folder: it works in it, or has its configuration there."""
        return self.folder == str(state_dir) or f"{state_dir}{os.sep}" in self.arguments


def find_listener(port: int) -> Listener | None:
    """The first process that listens on `port`; None where there is none, or only root may see it."""
    sockets = {f"socket:[{inode}]" for inode in _listening_sockets(port)}
    for process in _PROC.iterdir() if sockets else ():
        if process.name.isdecimal() and sockets & _open_files(process):
            with suppress(OSError):
                return _describe(process)
    return None


def parse_sockets(table: str, port: int) -> set[str]:
    """Inodes of the sockets that listen on `port`, of the text of ``/proc/net/tcp``."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return {row[9] for row in rows if row[3] == _LISTENS and int(row[1].rpartition(":")[2], 16) == port}


def _listening_sockets(port: int) -> set[str]:
    tables = [(_PROC / name).read_text(encoding="ascii") for name in _TABLES if (_PROC / name).exists()]
    return {inode for table in tables for inode in parse_sockets(table, port)}


def _open_files(process: Path) -> set[str]:
    files = set()
    with suppress(OSError):  # not ours to see, or ended meanwhile
        for file in (process / "fd").iterdir():
            with suppress(OSError):
                files.add(os.readlink(file))
    return files


def _describe(process: Path) -> Listener:
    return Listener(
        pid=int(process.name),
        program=(process / "comm").read_text(encoding="utf-8", errors="replace").strip(),
        folder=os.readlink(process / "cwd"),
        arguments=(process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"),
    )
