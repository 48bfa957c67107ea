"""The one file of a backup: a tar, compressed by gzip, whose last member says what must be in it.

Any tar reads it. Holes of files stay holes (GNU's sparse format 1.0, as GNU tar writes it). That it is whole
is known by gzip's checksum over all of it, and by that last member.
"""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import re
import tarfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from .errors import BackupBroken

FORMAT = 1
MANIFEST = "manifest.json"
_BLOCK = tarfile.BLOCKSIZE
_MEMBER = re.compile(
    r"manifest\.json|course\.(sqlite|dump)|(state|workspaces|volumes)/[^/\0]*[^/\0.][^/\0]*", re.DOTALL
)
_PIECE = 2**20


@dataclass(frozen=True)
class Manifest:
    """What a backup holds; `volumes` are the workspaces that lie in the engine."""

    instance: str
    made: str
    database: str
    volumes: list[dict[str, Any]]
    members: list[str]
    format: int = FORMAT


class ArchiveWriter:
    """Adds members to a new archive; without `finish` it is none."""

    def __init__(self, into: IO[bytes]) -> None:
        self._tar = tarfile.open(  # noqa: SIM115 - closed by __exit__
            fileobj=into, mode="w:gz", compresslevel=1, format=tarfile.PAX_FORMAT
        )
        self.members: list[str] = []

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._tar.close()

    def add(self, name: str, file: Path) -> None:
        """Add a file as the member `name`, its holes as holes."""
        with file.open("rb", buffering=0) as source:
            size = os.fstat(source.fileno()).st_size
            pieces = list(_data_pieces(source.fileno(), size))
            if sum(length for _, length in pieces) == size:
                self._tar.addfile(_member(name, size), source)
            else:
                self._add_sparse(name, source, size, pieces)
        self.members.append(name)

    def finish(self, manifest: Manifest) -> None:
        """Write the last member."""
        words = json.dumps(asdict(manifest), indent=2).encode()
        self._tar.addfile(_member(MANIFEST, len(words)), io.BytesIO(words))

    def _add_sparse(self, name: str, source: IO[bytes], size: int, pieces: list[tuple[int, int]]) -> None:
        pieces = [*pieces, (size, 0)]  # the end of a last hole
        numbers = [len(pieces), *(number for piece in pieces for number in piece)]
        head = "".join(f"{number}\n" for number in numbers).encode()
        head = head.ljust(-(-len(head) // _BLOCK) * _BLOCK, b"\0")
        member = _member(f"GNUSparseFile.0/{name}", len(head) + sum(length for _, length in pieces))
        member.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": name,
            "GNU.sparse.realsize": str(size),
        }
        self._tar.addfile(member, _Pieces(head, source, pieces))


def unpack(archive: Path, folder: Path) -> Manifest:
    """Unpack an archive of ours into the new folder `folder`; all of it is read.

    Raises `BackupBroken` where it is not whole, or holds anything but what `ArchiveWriter` writes.
    """
    folder.mkdir(mode=0o700)
    try:
        with gzip.open(archive) as stream:
            with tarfile.open(fileobj=stream, mode="r|") as tar:
                members = [_unpack_member(tar, member, folder) for member in tar]
            while stream.read(_PIECE):
                pass  # to the checksum at its end
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.ENOENT, errno.EACCES):
            raise BackupBroken(
                f"{archive} cannot be unpacked", str(error), f"see that it is there, and: df {folder}"
            ) from error
        raise _broken(archive, repr(error)) from error
    except (EOFError, zlib.error, tarfile.TarError, ValueError, TypeError) as error:
        raise _broken(archive, repr(error)) from error
    if manifest.format != FORMAT:
        raise _broken(archive, f"its format is {manifest.format}, and this version reads {FORMAT}")
    if sorted(members) != sorted([*manifest.members, MANIFEST]):
        raise _broken(archive, "what is in it is not what its last member names")
    return manifest


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    name = member.name
    if not (member.isreg() and _MEMBER.fullmatch(name)):
        raise ValueError(f"{name!r} is no part of a backup")
    tar.extract(member, folder, set_attrs=False, filter="fully_trusted")
    (folder / name).chmod(0o600)
    return name


def _broken(archive: Path, reason: str) -> BackupBroken:
    return BackupBroken(
        f"{archive} is not a whole backup",
        reason,
        "take another one; nothing was changed. gzip --test says whether the file itself is damaged",
    )


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    return member


def _data_pieces(file: int, size: int) -> Iterator[tuple[int, int]]:
    """Where the file has data, as (offset, length); the rest are holes."""
    offset = 0
    while offset < size:
        try:
            start = os.lseek(file, offset, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole is left
                break
            raise
        offset = os.lseek(file, start, os.SEEK_HOLE)
        yield start, offset - start
    os.lseek(file, 0, os.SEEK_SET)


class _Pieces(io.RawIOBase):
    """The map of a sparse file, then its data."""

    def __init__(self, head: bytes, source: IO[bytes], pieces: list[tuple[int, int]]) -> None:
        super().__init__()
        self._content = self._read_all(head, source, pieces)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """As many bytes as are asked for, as long as there are some."""
        while len(self._rest) < size:
            piece = next(self._content, b"")
            if not piece:
                break
            self._rest += piece
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    @staticmethod
    def _read_all(head: bytes, source: IO[bytes], pieces: list[tuple[int, int]]) -> Iterator[bytes]:
        yield head
        for offset, length in pieces:
            source.seek(offset)
            while length > 0:
                piece = source.read(min(length, _PIECE))
                if not piece:
                    return  # tarfile finds that it is short
                length -= len(piece)
                yield piece
