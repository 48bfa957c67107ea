"""Packs a lab's folder into the tar that the judge takes.

The course service enforces the same bounds and trusts none of this; here they are for the learner, who
reads at once which file is the trouble and what to do about it. Nothing outside the folder can get into the
tar: every entry is opened beneath its parent without following links, and what is no plain file is refused.
"""

from __future__ import annotations

import io
import os
import re
import stat
import tarfile
import time
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from judge_extension.errors import SubmissionRejected

DEFAULT_EXCLUDES = ("venv", ".venv", "__pycache__", "node_modules", ".git", ".ipynb_checkpoints", "*.ipynb")
MAX_STREAM_BYTES = 8 * 2**20
MAX_MEMBERS = 400
MAX_FILE_BYTES = 2**20
MAX_TOTAL_BYTES = 4 * 2**20
MAX_DEPTH = 8
MAX_SECONDS = 10.0
_SEGMENT = re.compile(r"[A-Za-z0-9 ._@+=,-]{1,255}")
OPEN_BENEATH = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""How an entry is opened beneath its folder: no link is followed, and a fifo does not make us wait."""


def pack(folder: Path, excludes: Iterable[str] = DEFAULT_EXCLUDES) -> bytes:
    """The folder as a plain tar, or `SubmissionRejected` with a sentence that names the file."""
    try:
        root = os.open(folder, OPEN_BENEATH | os.O_DIRECTORY)
    except OSError as error:
        raise SubmissionRejected(
            f"There is no folder {folder} to check.", "Open the lab again: its files are then copied anew."
        ) from error
    packing = _Packing(tuple(excludes))
    try:
        packing.add_folder(root, ())
    finally:
        os.close(root)
    return packing.finish()


class _Packing:
    """One walk over one folder, with what it has used of each bound."""

    def __init__(self, excludes: tuple[str, ...]) -> None:
        self._excludes = excludes
        self._stream = io.BytesIO()
        # USTAR: no extended headers, so what is sent is as plain as the service asks for.
        self._tar = tarfile.TarFile(fileobj=self._stream, mode="w", format=tarfile.USTAR_FORMAT)
        self._members = 0
        self._bytes = 0
        self._give_up_at = time.monotonic() + MAX_SECONDS

    def add_folder(self, folder: int, above: tuple[str, ...]) -> None:
        for name in sorted(self._included(folder)):
            path = (*above, name)
            self._check_place(path)
            try:
                entry = _open_entry(name, folder, path)
            except FileNotFoundError:
                continue  # an editor's temporary file, gone since it was listed
            try:
                self._add(entry, path)
            finally:
                os.close(entry)

    def finish(self) -> bytes:
        self._tar.close()
        stream = self._stream.getvalue()
        if len(stream) > MAX_STREAM_BYTES:
            raise _too_large(f"The folder makes {_size(len(stream))} when packed.")
        return stream

    def _included(self, folder: int) -> Iterator[str]:
        """Stops early where there are too many: a list of a million names is not worth making."""
        found = self._members
        with os.scandir(folder) as entries:
            for entry in entries:
                if time.monotonic() > self._give_up_at:
                    raise _too_large("Reading the folder takes too long.")
                if any(fnmatchcase(entry.name, pattern) for pattern in self._excludes):
                    continue
                found += 1
                if found > MAX_MEMBERS:
                    raise _too_large(f"The folder holds more than {MAX_MEMBERS} files and folders.")
                yield entry.name

    def _check_place(self, path: tuple[str, ...]) -> None:
        if not _SEGMENT.fullmatch(path[-1]) or path[-1] in {".", ".."}:
            raise SubmissionRejected(
                f"The name {_show(path)} cannot be sent.",
                "Rename it with letters, digits, spaces and . _ @ + = , - only, or move it out of the lab.",
            )
        if len(path) > MAX_DEPTH:
            raise SubmissionRejected(
                f"{_show(path)} lies more than {MAX_DEPTH} folders deep.",
                "Move it up, or out of the lab's folder.",
            )

    def _add(self, entry: int, path: tuple[str, ...]) -> None:
        found = os.fstat(entry)
        member = tarfile.TarInfo("/".join(path))
        if stat.S_ISDIR(found.st_mode):
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            self._write(member, b"", path)
            self.add_folder(entry, path)
        elif stat.S_ISREG(found.st_mode):
            content = self._read(entry, found.st_size, path)
            member.size = len(content)
            member.mode = 0o755 if found.st_mode & stat.S_IXUSR else 0o644
            self._write(member, content, path)
        else:
            raise _not_plain(path)

    def _read(self, entry: int, size: int, path: tuple[str, ...]) -> bytes:
        content = b""
        if size <= MAX_FILE_BYTES:
            with open(entry, "rb", closefd=False) as file:
                content = file.read(MAX_FILE_BYTES + 1)  # it may have grown since
        if max(size, len(content)) > MAX_FILE_BYTES:
            raise _too_large(f"The file {_show(path)} is larger than {_size(MAX_FILE_BYTES)}.")
        self._bytes += len(content)
        if self._bytes > MAX_TOTAL_BYTES:
            raise _too_large(f"The files of the folder come to more than {_size(MAX_TOTAL_BYTES)}.")
        return content

    def _write(self, member: tarfile.TarInfo, content: bytes, path: tuple[str, ...]) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise _too_large(f"The folder holds more than {MAX_MEMBERS} files and folders.")
        try:
            self._tar.addfile(member, io.BytesIO(content))
        except ValueError as error:  # USTAR has room for 255 characters
            raise SubmissionRejected(
                f"The path {_show(path)} is too long.", "Use shorter names, or fewer folders in one another."
            ) from error


def _open_entry(name: str, folder: int, path: tuple[str, ...]) -> int:
    try:
        # Looked at first, because opening a device can do things. What it turns into since, _add refuses.
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
            return os.open(name, OPEN_BENEATH, dir_fd=folder)
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise SubmissionRejected(
            f"{_show(path)} cannot be read.", f"In the terminal, try: chmod -R u+rwX {_show(path[:1])}"
        ) from error
    except OSError as error:  # a link by now, or a disk that fails
        raise _not_plain(path) from error
    raise _not_plain(path)


def _not_plain(path: tuple[str, ...]) -> SubmissionRejected:
    return SubmissionRejected(
        f"{_show(path)} is not a plain file: it is a link, a pipe, a socket or a device.",
        "Remove it, or put a copy of the file in its place. The judge takes plain files and folders only.",
    )


def _too_large(message: str) -> SubmissionRejected:
    hint = "Move what the image does not need out of the lab's folder. The judge takes a small project only."
    return SubmissionRejected(message, hint, is_too_large=True)


def _show(path: tuple[str, ...]) -> str:
    """Printable whatever the name holds, since it goes into JSON, a log and a page."""
    text = ascii("/".join(path))
    shown = text if "\\" in text else text[1:-1]
    return shown if len(shown) <= 120 else f"{shown[:117]}..."


def _size(count: int) -> str:
    return f"{count / 2**20:.0f} MiB"
