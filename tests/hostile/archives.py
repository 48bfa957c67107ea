"""Rows that are no plain tar of a folder: refused before anything of them is stored or started."""

from __future__ import annotations

import tarfile

from course_service.submission_collector import MOST_MEMBERS
from tests.course_service.conftest import pack

from .row import ArchiveRow

MIB = 1024**2
END = bytes(1024)
NOT_A_TAR = "not a whole tar"


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, **fields: object) -> bytes:
    """One member's header, whatever follows it."""
    member = tarfile.TarInfo(name)
    member.size = size
    member.type = kind
    for field, value in fields.items():
        setattr(member, field, value)
    return member.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    """A member's content, up to the end of its last block."""
    return data + bytes(-len(data) % 512)


def pax(records: dict[str, str], name: str = "f", content: bytes = b"x") -> bytes:
    """An archive of one file with PAX records."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.pax_headers = records
    return member.tobuf(tarfile.PAX_FORMAT) + padded(content) + END


def _gnu_sparse() -> bytes:
    block = bytearray(header("sparse.bin", 512, tarfile.GNUTYPE_SPARSE))
    block[386:398] = b"00000000000\0"  # the map: 512 bytes at 0
    block[398:410] = b"00000001000\0"
    block[483:495] = b"\x80" + (2**60).to_bytes(11, "big")  # what it expands to
    block[148:156] = b"        "
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + padded(b"x" * 512) + END


def _special(name: str, kind: bytes, **fields: object) -> bytes:
    return header(name, kind=kind, **fields) + END


_PAX_SPARSE = {"GNU.sparse.size": str(2**60), "GNU.sparse.map": "0,1", "GNU.sparse.name": "s.bin"}
_LINK_AND_FILE = header("d", kind=tarfile.SYMTYPE, linkname="/etc") + header("d/x", 1) + padded(b"x") + END
_SAME_NAME = header("f", 1) + padded(b"1") + header("./f", 1) + padded(b"2") + END
_DAMAGED = header("f", 1) + padded(b"x") + b"\xff" * 512 + header("g", 1) + padded(b"y") + END
_LONG_PAX = header("x", 7 * MIB, tarfile.XHDTYPE) + b"1" * (7 * MIB)
_LONG_NAME = header("x", 7 * MIB, tarfile.GNUTYPE_LONGNAME) + b"a" * (7 * MIB)
_SLOW_PAX = (header("x", 8000, tarfile.XHDTYPE) + b"1" * 8000 + bytes(192)) * 900
_HEADERS_UPON_HEADERS = (header("x", 20, tarfile.GNUTYPE_LONGNAME) + bytes(512)) * 7000

ARCHIVES = (
    ArchiveRow("absolute path", 1, pack({"/etc/passwd": b"x"}), "absolute path"),
    ArchiveRow("parent folder", 1, pack({"a/../../b": b"x"}), "leads out of the folder"),
    ArchiveRow("parent folder in what the lab leaves out", 1, pack({"venv/../../x": b"x"}), "leads out"),
    ArchiveRow("absolute path by a PAX header", 1, pax({"path": "/etc/shadow"}), "absolute path"),
    ArchiveRow("parent folder by a PAX header", 1, pax({"path": "../up"}), "leads out"),
    ArchiveRow(
        "symbolic link", 2, _special("link", tarfile.SYMTYPE, linkname="/etc/passwd"), "link is a symbolic"
    ),
    ArchiveRow("link and then a file through it", 2, _LINK_AND_FILE, "d is a symbolic link"),
    ArchiveRow(
        "hard link", 2, _special("hard", tarfile.LNKTYPE, linkname="Dockerfile"), "hard is a hard link"
    ),
    ArchiveRow("character device", 2, _special("null", tarfile.CHRTYPE, devmajor=1, devminor=3), "a device"),
    ArchiveRow("block device", 2, _special("disk", tarfile.BLKTYPE, devmajor=254), "a device"),
    ArchiveRow("pipe", 2, _special("pipe", tarfile.FIFOTYPE), "a pipe"),
    ArchiveRow("unknown kind", 2, _special("what", b"Z"), "what is a device, a pipe or another special file"),
    ArchiveRow("GNU sparse file of 1 EiB", 3, _gnu_sparse(), "sparse.bin is a sparse file"),
    ArchiveRow("PAX sparse file of 1 EiB", 3, pax(_PAX_SPARSE), "s.bin is a sparse file"),
    ArchiveRow(
        "header that claims 20 GB",
        3,
        header("big.bin", 20 * 1024 * MIB),
        "big.bin is larger than 1 MiB",
        True,
    ),
    ArchiveRow("gzip", 4, b"\x1f\x8b" + bytes(600), NOT_A_TAR),
    ArchiveRow("PAX header of 7 MiB", 4, _LONG_PAX, NOT_A_TAR),
    ArchiveRow("long name of 7 MiB", 4, _LONG_NAME, NOT_A_TAR),
    ArchiveRow("PAX headers that are slow to search", 4, _SLOW_PAX, NOT_A_TAR),
    ArchiveRow("headers upon headers", 4, _HEADERS_UPON_HEADERS, NOT_A_TAR),
    ArchiveRow(
        "file above the limit", 4, pack({"big.bin": bytes(MIB + 1)}), "big.bin is larger than 1 MiB", True
    ),
    ArchiveRow(
        "too much in all", 4, pack({f"f{n}": bytes(MIB) for n in range(5)}), "add up to more than 4 MiB", True
    ),
    ArchiveRow(
        "too many members",
        5,
        pack({f"f{n}": b"" for n in range(MOST_MEMBERS + 1)}),
        "more than 400 files",
        True,
    ),
    ArchiveRow(
        "ten thousand members", 5, pack({f"f{n}": b"" for n in range(10_000)}), "more than 400 files", True
    ),
    ArchiveRow("depth", 5, pack({"a/" * 60 + "f": b"x"}), "deep"),
    ArchiveRow("endless path", 5, pack({"a/" * 200_000 + "f": b"x"}), ""),
    ArchiveRow("newline in a name", 5, pack({"a\nb": b"x"}), "'a\\nb' has a character"),
    ArchiveRow("control character in a name", 5, pack({"a\x1b[31mb": b"x"}), "has a character"),
    ArchiveRow("letter outside ASCII", 5, pack({"r\u00e9sum\u00e9": b"x"}), "has a character"),
    ArchiveRow("name of markup", 17, pack({"<img src=x onerror=alert(1)>": b"x"}), "has a character"),
    ArchiveRow(
        "names that differ by case", 5, pack({"Dockerfile": b"x", "dockerfile": b"y"}), "upper and lower case"
    ),
    ArchiveRow(
        "folders that differ by case", 5, pack({"src/a": b"x", "SRC/b": b"y"}), "upper and lower case"
    ),
    ArchiveRow("the same name twice", 5, _SAME_NAME, "f comes twice"),
    ArchiveRow("file as a folder", 5, pack({"a": b"x", "a/b": b"y"}), "a is both a file and a folder"),
    ArchiveRow("folder as a file", 5, pack({"a/b": b"x", "a": b"y"}), "a is both a file and a folder"),
    ArchiveRow("no archive", 5, b"\xff" * 5000, NOT_A_TAR),
    ArchiveRow("nothing", 5, b"", NOT_A_TAR),
    ArchiveRow("broken off in a file", 5, pack({"f": b"x" * 5000})[:3000], NOT_A_TAR),
    ArchiveRow("broken off between files", 5, pack({"f": b"x", "g": b"y"})[:1024], "breaks off"),
    ArchiveRow("damaged between files", 5, _DAMAGED, "breaks off or is damaged"),
)


def find_archive(name: str) -> ArchiveRow:
    """The row of that name."""
    return next(row for row in ARCHIVES if row.name == name)
