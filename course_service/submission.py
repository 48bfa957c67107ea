"""A learner's folder as bounded bytes in memory, from a tar stream or from a local folder.

Nothing is ever extracted. The reader takes plain files and folders only and refuses everything odd with a
sentence that names the member and says what to do; modes are dropped but for "executable". What a lab leaves
out (``submission.exclude`` in lab.yaml) is left out at any depth before anything else is asked of it, because
a learner's virtual environment is full of symlinks.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import struct
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from .errors import SubmissionRejected
from .parsed_dockerfile import DockerfileUnreadable, ParsedDockerfile, parse_dockerfile
from .submission_collector import (
    LONGEST_NAME,
    MOST_FILE_BYTES,
    MOST_STREAM_BYTES,
    SEND_AGAIN,
    SubmissionCollector,
    refuse_kind,
    too_large_body,
)

DOCKERFILE = "Dockerfile"
DEFAULT_EXCLUDE = ("venv", ".venv", "__pycache__", "node_modules", ".git", ".ipynb_checkpoints", "*.ipynb")

_BLOCK = tarfile.BLOCKSIZE
# What tarfile and its helpers raise on bytes that are no tar.
_NOT_A_TAR = (
    tarfile.TarError,
    ValueError,
    OverflowError,
    EOFError,
    LookupError,
    RecursionError,
    struct.error,
)
_EXTENDED_HEADERS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_DIGITS = re.compile(rb"[0-9]{100}")


@dataclass(frozen=True)
class Submission:
    """Path to content, with `/` between segments; `executables` are those whose owner may run them."""

    files: Mapping[str, bytes]
    executables: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(self.files)))

    @cached_property
    def dockerfile(self) -> ParsedDockerfile | None:
        """The Dockerfile as BuildKit's parser reads it; None where there is none that it can read."""
        try:
            return parse_dockerfile(self.files[DOCKERFILE])
        except (KeyError, DockerfileUnreadable):
            return None

    @property
    def context_digest(self) -> str:
        """The same for the same files, whatever order or dates they came with."""
        digest = hashlib.sha256()
        for path in sorted(self.files):
            kind = "x" if path in self.executables else "-"
            content = hashlib.sha256(self.files[path]).hexdigest()
            digest.update(f"{kind} {content} {path}\n".encode())
        return f"sha256:{digest.hexdigest()}"


def read_tar(body: bytes, exclude: Sequence[str] = DEFAULT_EXCLUDE) -> Submission:
    """Read an uncompressed tar. Raises `SubmissionRejected`."""
    if len(body) > MOST_STREAM_BYTES:
        raise too_large_body()
    collector = SubmissionCollector(exclude)
    try:
        # Stream mode never seeks: a header that claims a huge size moves nothing.
        with tarfile.open(
            fileobj=io.BytesIO(body), mode="r|", tarinfo=_BoundedHeader, errorlevel=2
        ) as archive:
            for member in archive:
                _take_member(collector, archive, member)
            end = archive.offset
    except _NOT_A_TAR as error:
        raise SubmissionRejected("What was sent is not a whole tar archive.", SEND_AGAIN) from error
    if body[end : end + _BLOCK] != bytes(_BLOCK):
        raise SubmissionRejected("What was sent breaks off or is damaged in the middle.", SEND_AGAIN)
    return _finish(collector)


def read_folder(folder: Path, exclude: Sequence[str] = DEFAULT_EXCLUDE) -> Submission:
    """Read a local folder by the same rules as a tar. Raises `SubmissionRejected`."""
    if not folder.is_dir():
        raise SubmissionRejected(f"{folder} is not a folder.", "Name the folder that holds the Dockerfile.")
    collector = SubmissionCollector(exclude)
    _take_folder(collector, folder, "")
    return _finish(collector)


def _finish(collector: SubmissionCollector) -> Submission:
    return Submission(collector.files, frozenset(collector.executables))


class _BoundedHeader(tarfile.TarInfo):
    """Refuses a long name or PAX header that tarfile would need long to read.

    Python before 3.11.10 and 3.12.6 searches PAX headers in quadratic time (CVE-2024-6232).
    """

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _EXTENDED_HEADERS:
            start = self.offset + _BLOCK
            body = archive.fileobj.fileobj.getbuffer()  # type: ignore[attr-defined]  # the stream's own source
            if self.size > 2 * LONGEST_NAME or _DIGITS.search(body[start : start + self.size]):
                raise tarfile.ReadError("an extended header that no plain name needs")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]  # tarfile's hook by type


def _take_member(collector: SubmissionCollector, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    path = collector.admit(member.name)
    if path is None:
        return
    if member.isdir():
        collector.add_folder(path)
        return
    # isreg() is true for sparse files of every kind, whatever they expand to.
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise refuse_kind(path, _kind_of_member(member))
    collector.make_room(path, member.size)
    source = archive.extractfile(member)
    content = source.read() if source is not None else b""
    if len(content) != member.size:
        raise tarfile.ReadError("unexpected end of data")
    collector.add_file(path, content, executable=bool(member.mode & stat.S_IXUSR))


def _kind_of_member(member: tarfile.TarInfo) -> str:
    if member.sparse is not None or member.type == tarfile.GNUTYPE_SPARSE:
        return "a sparse file"
    kinds = {tarfile.SYMTYPE: "a symbolic link", tarfile.LNKTYPE: "a hard link"}
    return kinds.get(member.type, "a device, a pipe or another special file")


def _take_folder(collector: SubmissionCollector, folder: Path, prefix: str) -> None:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = collector.admit(f"{prefix}{entry.name}")
        if path is None:
            continue
        if entry.is_dir(follow_symlinks=False):
            collector.add_folder(path)
            _take_folder(collector, Path(entry.path), f"{path}/")
        elif entry.is_file(follow_symlinks=False):
            collector.make_room(path, entry.stat(follow_symlinks=False).st_size)
            content, executable = _read_plain_file(Path(entry.path))
            collector.add_file(path, content, executable=executable)
        else:
            raise refuse_kind(path, "a symbolic link" if entry.is_symlink() else "a special file")


def _read_plain_file(file: Path) -> tuple[bytes, bool]:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            return opened.read(MOST_FILE_BYTES + 1), bool(mode & stat.S_IXUSR)
    except OSError as error:
        raise SubmissionRejected(
            f"{file} cannot be read: {error.strerror}.", "Mend that and try again."
        ) from error
