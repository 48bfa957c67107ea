"""A lab's folder as a tar.gz for the learner to keep, made while it is sent.

Nothing outside the folder can get into it: every entry is opened beneath its parent without following links.
Links go in as links. What is no file, folder or link, or cannot be read, is left out and named in a file of
the archive.
"""

from __future__ import annotations

import io
import os
import stat
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from judge_extension.errors import DownloadTooLarge, WorkspaceBlocked
from judge_extension.submission import OPEN_BENEATH

LEFT_OUT = "LEFT_OUT_OF_THIS_ARCHIVE.txt"
MAX_SECONDS = 60.0
MAX_BYTES = 2 * 2**30
MAX_DEPTH = 100


def write_archive(folder: Path, into: BinaryIO) -> None:
    """Write the folder as a tar.gz whose members are below the folder's name.

    Raises `WorkspaceBlocked` where there is no such folder, and `DownloadTooLarge`.
    """
    try:
        root = os.open(folder, OPEN_BENEATH | os.O_DIRECTORY)
    except OSError as error:
        raise WorkspaceBlocked(
            f"There is no folder {folder} to download.", "Open the lab first: its files are then copied."
        ) from error
    try:
        with tarfile.open(fileobj=into, mode="w:gz", compresslevel=3, format=tarfile.PAX_FORMAT) as archive:
            _Walk(archive, folder.name).run(root)
    finally:
        os.close(root)


class _Walk:
    """One pass over one folder, with what it has used of each bound."""

    def __init__(self, archive: tarfile.TarFile, top: str) -> None:
        self._archive = archive
        self._top = top
        self._bytes = 0
        self._left_out: list[str] = []
        self._give_up_at = time.monotonic() + MAX_SECONDS

    def run(self, root: int) -> None:
        self._add_folder(root, self._top, 0)
        if self._left_out:
            words = "\n".join(ascii(path) for path in self._left_out).encode() + b"\n"
            self._archive.addfile(self._member(f"{self._top}/{LEFT_OUT}", size=len(words)), io.BytesIO(words))

    def _add_folder(self, folder: int, path: str, depth: int) -> None:
        found = os.fstat(folder)
        self._archive.addfile(self._member(path, found, type=tarfile.DIRTYPE))
        for name in self._names(folder):
            try:
                self._add(folder, name, f"{path}/{name}", depth + 1)
            except FileNotFoundError:
                continue  # an editor's temporary file, gone since it was listed
            except OSError:
                self._left_out.append(f"{path}/{name}")

    def _names(self, folder: int) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                self._keep_to_bounds()
                yield entry.name

    def _add(self, folder: int, name: str, path: str, depth: int) -> None:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            link = os.readlink(name, dir_fd=folder)
            self._archive.addfile(self._member(path, found, type=tarfile.SYMTYPE, linkname=link))
        elif stat.S_ISREG(found.st_mode) or (stat.S_ISDIR(found.st_mode) and depth < MAX_DEPTH):
            entry = os.open(name, OPEN_BENEATH, dir_fd=folder)
            try:
                found = os.fstat(entry)  # of what was opened, whatever stood there a moment ago
                if stat.S_ISDIR(found.st_mode):
                    self._add_folder(entry, path, depth)
                elif stat.S_ISREG(found.st_mode):
                    with open(entry, "rb", closefd=False) as file:
                        self._add_file(file, path, found)
            finally:
                os.close(entry)
        else:
            self._left_out.append(path)

    def _add_file(self, file: BinaryIO, path: str, found: os.stat_result) -> None:
        self._bytes += found.st_size
        self._keep_to_bounds()
        member = self._member(path, found, size=found.st_size)
        self._archive.addfile(member, cast("IO[bytes]", _Padded(file, self._keep_to_bounds)))

    def _keep_to_bounds(self) -> None:
        if time.monotonic() > self._give_up_at or self._bytes > MAX_BYTES:
            raise DownloadTooLarge(self._top)

    def _member(self, path: str, found: os.stat_result | None = None, **fields: object) -> tarfile.TarInfo:
        member = tarfile.TarInfo(path)
        member.mode = stat.S_IMODE(found.st_mode) & 0o777 if found else 0o644
        member.mtime = found.st_mtime if found else time.time()
        for name, value in fields.items():
            setattr(member, name, value)
        return member


class _Padded:
    """As many bytes as were promised, though the file became shorter; `check` is called as it goes."""

    def __init__(self, file: BinaryIO, check: Callable[[], None]) -> None:
        self._file = file
        self._check = check

    def read(self, size: int) -> bytes:
        self._check()
        try:
            content = self._file.read(size)
        except OSError:  # a disk that fails: the archive stays one
            content = b""
        return content.ljust(size, b"\0")
