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
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from .errors import SubmissionRejected
from .parsed_dockerfile import DockerfileUnreadable, ParsedDockerfile, parse_dockerfile

DOCKERFILE = "Dockerfile"
MEBIBYTE = 1024**2
MOST_STREAM_BYTES = 8 * MEBIBYTE
MOST_MEMBERS = 400
MOST_FILE_BYTES = MEBIBYTE
MOST_BYTES = 4 * MEBIBYTE
DEEPEST = 8
DEFAULT_EXCLUDE = ("venv", ".venv", "__pycache__", "node_modules", ".git", ".ipynb_checkpoints", "*.ipynb")
SEGMENT = re.compile(r"[A-Za-z0-9 ._@+=,-]{1,255}")
"""A name of a file or a folder that is taken."""

_BLOCK = tarfile.BLOCKSIZE
_SEND_AGAIN = "Press Check again; if this stays, tell your course staff."
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
_LONGEST_NAME = 4096
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
    collector = _Collector(exclude)
    try:
        # Stream mode never seeks: a header that claims a huge size moves nothing.
        with tarfile.open(
            fileobj=io.BytesIO(body), mode="r|", tarinfo=_BoundedHeader, errorlevel=2
        ) as archive:
            for member in archive:
                _take_member(collector, archive, member)
            end = archive.offset
    except _NOT_A_TAR as error:
        raise SubmissionRejected("What was sent is not a whole tar archive.", _SEND_AGAIN) from error
    if body[end : end + _BLOCK] != bytes(_BLOCK):
        raise SubmissionRejected("What was sent breaks off or is damaged in the middle.", _SEND_AGAIN)
    return collector.finish()


def pack_files(
    files: Mapping[str, bytes], executables: frozenset[str] = frozenset(), *, uid: int = 0
) -> bytes:
    """The files as a plain tar; the same bytes for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            member.mode = 0o755 if path in executables else 0o644
            member.uid = member.gid = uid
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def read_folder(folder: Path, exclude: Sequence[str] = DEFAULT_EXCLUDE) -> Submission:
    """Read a local folder by the same rules as a tar. Raises `SubmissionRejected`."""
    if not folder.is_dir():
        raise SubmissionRejected(f"{folder} is not a folder.", "Name the folder that holds the Dockerfile.")
    collector = _Collector(exclude)
    _take_folder(collector, folder, "")
    return collector.finish()


def too_large_body() -> SubmissionRejected:
    """The refusal of a stream that goes on beyond the limit."""
    return _too_large(f"Your folder packs to more than {MOST_STREAM_BYTES // MEBIBYTE} MiB.")


class _BoundedHeader(tarfile.TarInfo):
    """Refuses a long name or PAX header that tarfile would need long to read.

    Python before 3.11.10 and 3.12.6 searches PAX headers in quadratic time (CVE-2024-6232).
    """

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _EXTENDED_HEADERS:
            start = self.offset + _BLOCK
            body = archive.fileobj.fileobj.getbuffer()  # type: ignore[attr-defined]  # the stream's own source
            if self.size > 2 * _LONGEST_NAME or _DIGITS.search(body[start : start + self.size]):
                raise tarfile.ReadError("an extended header that no plain name needs")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]  # tarfile's hook by type


def _take_member(collector: _Collector, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    path = collector.admit(member.name)
    if path is None:
        return
    if member.isdir():
        collector.add_folder(path)
        return
    # isreg() is true for sparse files of every kind, whatever they expand to.
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise _refuse_kind(path, _kind_of_member(member))
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


def _take_folder(collector: _Collector, folder: Path, prefix: str) -> None:
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
            raise _refuse_kind(path, "a symbolic link" if entry.is_symlink() else "a special file")


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


class _Collector:
    """The rules that a tar and a folder share."""

    def __init__(self, exclude: Sequence[str]) -> None:
        self._exclude = exclude
        self._members = 0
        self._bytes = 0
        self._files: dict[str, bytes] = {}
        self._executables: set[str] = set()
        # Every file, folder and folder of a file: folded path to (path, is a folder).
        self._taken: dict[str, tuple[str, bool]] = {}

    def admit(self, name: str) -> str | None:
        """The member's plain path, or None for what is left out. Raises on a name that we do not take."""
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise _too_large(f"Your folder holds more than {MOST_MEMBERS} files and folders.")
        if len(name) > _LONGEST_NAME:
            raise SubmissionRejected(f"The path {_shown(name)} is too long.", "Shorten it, or delete it.")
        if name.startswith("/"):
            raise SubmissionRejected(
                f"{_shown(name)} is an absolute path.", "Send paths inside the folder only."
            )
        segments = [segment for segment in name.split("/") if segment not in ("", ".")]
        if ".." in segments:
            raise SubmissionRejected(f"{_shown(name)} leads out of the folder.", "Send paths inside it only.")
        if any(fnmatchcase(segment, pattern) for segment in segments for pattern in self._exclude):
            return None
        for segment in segments:
            if not SEGMENT.fullmatch(segment):
                raise SubmissionRejected(
                    f"The name {_shown(name)} has a character that the judge does not take.",
                    "Rename it with plain letters, digits, spaces and . _ - + = @ , only, or delete it.",
                )
        if len(segments) > DEEPEST:
            raise SubmissionRejected(
                f"{_shown(name)} lies more than {DEEPEST} folders deep.", "Move it up, or delete it."
            )
        return "/".join(segments) or None

    def make_room(self, path: str, size: int) -> None:
        """Count a file's bytes before they are read."""
        if size > MOST_FILE_BYTES:
            raise _too_large(f"{path} is larger than {MOST_FILE_BYTES // MEBIBYTE} MiB.")
        self._bytes += size
        if self._bytes > MOST_BYTES:
            raise _too_large(f"With {path} your files add up to more than {MOST_BYTES // MEBIBYTE} MiB.")

    def add_folder(self, path: str) -> None:
        self._take(path, is_folder=True)

    def add_file(self, path: str, content: bytes, *, executable: bool) -> None:
        if len(content) > MOST_FILE_BYTES:  # it grew since its size was asked
            raise _too_large(f"{path} is larger than {MOST_FILE_BYTES // MEBIBYTE} MiB.")
        self._take(path, is_folder=False)
        self._files[path] = content
        if executable:
            self._executables.add(path)

    def finish(self) -> Submission:
        return Submission(files=self._files, executables=frozenset(self._executables))

    def _take(self, path: str, *, is_folder: bool) -> None:
        segments = path.split("/")
        for depth in range(1, len(segments)):
            self._take_one("/".join(segments[:depth]), is_folder=True, implied=True)
        self._take_one(path, is_folder=is_folder, implied=False)

    def _take_one(self, path: str, *, is_folder: bool, implied: bool) -> None:
        folded = path.casefold()
        earlier = self._taken.get(folded)
        if earlier is None:
            self._taken[folded] = (path, is_folder)
            return
        other, other_is_folder = earlier
        if path != other:
            raise SubmissionRejected(
                f"{path} and {other} differ only in upper and lower case.", "Rename or delete one of them."
            )
        if is_folder != other_is_folder:
            raise SubmissionRejected(f"{path} is both a file and a folder.", "Rename or delete one of them.")
        if not implied and not is_folder:
            raise SubmissionRejected(f"{path} comes twice.", _SEND_AGAIN)


def _too_large(problem: str) -> SubmissionRejected:
    return SubmissionRejected(
        problem, "Delete what the lab does not need, or move it out of the folder.", too_large=True
    )


def _refuse_kind(path: str, kind: str) -> SubmissionRejected:
    return SubmissionRejected(
        f"{path} is {kind}; the judge takes plain files and folders only.",
        "Delete it, or put a copy of the file in its place.",
    )


def _shown(name: str) -> str:
    text = name if len(name) <= 120 else name[:117] + "..."
    return ascii(text)
