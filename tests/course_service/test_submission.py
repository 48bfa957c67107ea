"""The bounded reader: plain files and folders come in, everything odd is refused quickly and by name."""

from __future__ import annotations

import io
import os
import tarfile
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_service.errors import SubmissionRejected
from course_service.submission import (
    MOST_MEMBERS,
    MOST_STREAM_BYTES,
    read_folder,
    read_tar,
)

from .conftest import pack

MIB = 1024**2
END = bytes(1024)


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, **fields: object) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    member.type = kind
    for field, value in fields.items():
        setattr(member, field, value)
    return member.tobuf(tarfile.GNU_FORMAT)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax(records: dict[str, str], name: str = "f", content: bytes = b"x") -> bytes:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.pax_headers = records
    return member.tobuf(tarfile.PAX_FORMAT) + padded(content) + END


def gnu_sparse() -> bytes:
    block = bytearray(header("sparse.bin", 512, tarfile.GNUTYPE_SPARSE))
    block[386:398] = b"00000000000\0"  # the map: 512 bytes at 0
    block[398:410] = b"00000001000\0"
    block[483:495] = b"\x80" + (2**60).to_bytes(11, "big")  # what it expands to
    block[148:156] = b"        "
    block[148:156] = f"{sum(block):06o}\0 ".encode()
    return bytes(block) + padded(b"x" * 512) + END


def huge_header() -> bytes:
    return header("big.bin", 20 * 1024 * MIB)


HOSTILE = {
    "absolute path": (pack({"/etc/passwd": b"x"}), "absolute path"),
    "parent folder": (pack({"a/../../b": b"x"}), "leads out of the folder"),
    "absolute path by a PAX header": (pax({"path": "/etc/shadow"}), "absolute path"),
    "parent folder by a PAX header": (pax({"path": "../up"}), "leads out"),
    "symbolic link": (
        header("link", kind=tarfile.SYMTYPE, linkname="/etc/passwd") + END,
        "link is a symbolic",
    ),
    "link and then a file through it": (
        header("d", kind=tarfile.SYMTYPE, linkname="/etc") + header("d/x", 1) + padded(b"x") + END,
        "d is a symbolic link",
    ),
    "hard link": (header("hard", kind=tarfile.LNKTYPE, linkname="Dockerfile") + END, "hard is a hard link"),
    "character device": (header("null", kind=tarfile.CHRTYPE, devmajor=1, devminor=3) + END, "a device"),
    "block device": (header("disk", kind=tarfile.BLKTYPE, devmajor=254) + END, "a device"),
    "pipe": (header("pipe", kind=tarfile.FIFOTYPE) + END, "a pipe"),
    "unknown kind": (header("what", kind=b"Z") + END, "what is a device, a pipe or another special file"),
    "GNU sparse file": (gnu_sparse(), "sparse.bin is a sparse file"),
    "PAX sparse file": (
        pax({"GNU.sparse.size": str(2**60), "GNU.sparse.map": "0,1", "GNU.sparse.name": "s.bin"}),
        "s.bin is a sparse file",
    ),
    "header that claims 20 GB": (huge_header(), "big.bin is larger than 1 MiB"),
    "file above the limit": (pack({"big.bin": bytes(MIB + 1)}), "big.bin is larger than 1 MiB"),
    "too much in all": (pack({f"f{n}": bytes(MIB) for n in range(5)}), "add up to more than 4 MiB"),
    "too long a stream": (bytes(MOST_STREAM_BYTES + 1), "packs to more than 8 MiB"),
    "too many members": (pack({f"f{n}": b"" for n in range(MOST_MEMBERS + 1)}), "more than 400 files"),
    "ten thousand members": (pack({f"f{n}": b"" for n in range(10_000)}), "more than 400 files"),
    "depth": (pack({"a/" * 60 + "f": b"x"}), "deep"),
    "endless path": (pack({"a/" * 200_000 + "f": b"x"}), ""),
    "newline in a name": (pack({"a\nb": b"x"}), "'a\\nb' has a character"),
    "control character in a name": (pack({"a\x1b[31mb": b"x"}), "has a character"),
    "letter outside ASCII": (pack({"r\u00e9sum\u00e9": b"x"}), "has a character"),
    "names that differ by case": (pack({"Dockerfile": b"x", "dockerfile": b"y"}), "upper and lower case"),
    "folders that differ by case": (pack({"src/a": b"x", "SRC/b": b"y"}), "upper and lower case"),
    "the same name twice": (
        header("f", 1) + padded(b"1") + header("./f", 1) + padded(b"2") + END,
        "f comes twice",
    ),
    "file as a folder": (pack({"a": b"x", "a/b": b"y"}), "a is both a file and a folder"),
    "folder as a file": (pack({"a/b": b"x", "a": b"y"}), "a is both a file and a folder"),
    "no archive": (b"\xff" * 5000, "not a whole tar"),
    "nothing": (b"", "not a whole tar"),
    "gzip": (b"\x1f\x8b" + bytes(600), "not a whole tar"),
    "broken off in a file": (pack({"f": b"x" * 5000})[:3000], "not a whole tar"),
    "broken off between files": (pack({"f": b"x", "g": b"y"})[:1024], "breaks off"),
    "damaged between files": (
        header("f", 1) + padded(b"x") + b"\xff" * 512 + header("g", 1) + padded(b"y") + END,
        "breaks off or is damaged",
    ),
    "PAX header of 7 MiB": (header("x", 7 * MIB, tarfile.XHDTYPE) + b"1" * (7 * MIB), "not a whole tar"),
    "long name of 7 MiB": (
        header("x", 7 * MIB, tarfile.GNUTYPE_LONGNAME) + b"a" * (7 * MIB),
        "not a whole tar",
    ),
    "PAX headers that are slow to search": (
        b"".join(header("x", 8000, tarfile.XHDTYPE) + b"1" * 8000 + bytes(192) for _ in range(900)),
        "not a whole tar",
    ),
    "headers upon headers": (
        b"".join(header("x", 20, tarfile.GNUTYPE_LONGNAME) + bytes(512) for _ in range(7000)),
        "not a whole tar",
    ),
}


@pytest.mark.parametrize(("body", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_odd_archives_are_refused_in_a_sentence_within_a_second(body, said):
    started = time.monotonic()
    with pytest.raises(SubmissionRejected) as refusal:
        read_tar(body)
    assert time.monotonic() - started < 1
    assert said in refusal.value.problem
    assert refusal.value.problem.endswith(".")
    assert refusal.value.advice.endswith((".", "staff."))


@pytest.mark.parametrize("name", ["GNU sparse file", "header that claims 20 GB", "PAX header of 7 MiB"])
def test_refusing_takes_no_more_memory_than_a_stream_may_have(name):
    body, _ = HOSTILE[name]
    tracemalloc.start()
    try:
        with pytest.raises(SubmissionRejected):
            read_tar(body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * MOST_STREAM_BYTES


@pytest.mark.parametrize(
    ("name", "too_large"),
    [("file above the limit", True), ("too many members", True), ("symbolic link", False)],
)
def test_a_refusal_says_whether_less_would_have_been_taken(name, too_large):
    with pytest.raises(SubmissionRejected) as refusal:
        read_tar(HOSTILE[name][0])
    assert refusal.value.too_large is too_large


def test_plain_files_and_folders_come_in_whole():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        root = tarfile.TarInfo("./")
        root.type = tarfile.DIRTYPE
        archive.addfile(root)
        folder = tarfile.TarInfo("./src")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        script = tarfile.TarInfo("./src/run me.sh")
        script.size, script.mode = 2, 0o4755
        archive.addfile(script, io.BytesIO(b"hi"))
    submission = read_tar(buffer.getvalue())
    assert dict(submission.files) == {"src/run me.sh": b"hi"}
    assert submission.executables == {"src/run me.sh"}


def test_pax_names_of_any_length_that_we_take_come_in():
    name = "/".join(["long-folder-name-" * 5] * 4)
    assert set(read_tar(pax({"path": name})).files) == {name}


def test_an_archive_without_files_is_an_empty_submission():
    assert dict(read_tar(bytes(10240)).files) == {}


def test_what_the_lab_leaves_out_is_left_out_at_any_depth_whatever_it_is():
    body = (
        header("venv", kind=tarfile.DIRTYPE)
        + header("venv/bin/python", kind=tarfile.SYMTYPE, linkname="/usr/bin/python3")
        + header("src/__pycache__/app.pyc", 1)
        + padded(b"x")
        + header("lab.ipynb", 2)
        + padded(b"{}")
        + header("big/node_modules/blob", 3 * MIB)
        + bytes(3 * MIB)
        + header("app.py", 1)
        + padded(b"1")
        + END
    )
    assert dict(read_tar(body).files) == {"app.py": b"1"}


def test_leaving_out_does_not_open_a_way_out_of_the_folder():
    with pytest.raises(SubmissionRejected, match="leads out"):
        read_tar(pack({"venv/../../x": b"x"}))


def test_the_digest_is_of_names_contents_and_the_executable_bit_alone():
    one = read_tar(pack({"a": b"1", "b": b"2"}))
    other_order = read_tar(pack({"b": b"2", "a": b"1"}))
    assert one.context_digest == other_order.context_digest
    assert one.context_digest != read_tar(pack({"a": b"1", "b": b"3"})).context_digest
    assert one.context_digest != read_tar(pack({"a": b"1", "c": b"2"})).context_digest


def test_a_submission_cannot_be_changed():
    submission = read_tar(pack({"a": b"1"}))
    with pytest.raises(TypeError):
        submission.files["a"] = b"2"


@given(st.data())
def test_damaged_archives_are_refused_or_read_and_nothing_else(data):
    body = bytearray(pack({"Dockerfile": b"FROM x\n", "src/app.py": b"print(1)\n"}))
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, 2047))] = data.draw(st.integers(0, 255))
    try:
        submission = read_tar(bytes(body))
    except SubmissionRejected:
        return
    assert all(not path.startswith("/") and ".." not in path.split("/") for path in submission.files)


def test_a_folder_is_read_by_the_same_rules(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text("1")
    (tmp_path / "Dockerfile").write_text("FROM x")
    (tmp_path / "start.sh").write_text("#!")
    (tmp_path / "start.sh").chmod(0o755)
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "python").symlink_to("/usr/bin/python3")
    submission = read_folder(tmp_path)
    assert dict(submission.files) == {"src/app.py": b"1", "Dockerfile": b"FROM x", "start.sh": b"#!"}
    assert submission.executables == {"start.sh"}


def test_folder_and_tar_of_the_same_files_have_the_same_digest(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM x")
    assert read_folder(tmp_path).context_digest == read_tar(pack({"Dockerfile": b"FROM x"})).context_digest


def test_a_symbolic_link_in_a_folder_is_refused_by_its_name(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "secrets").symlink_to("/etc")
    with pytest.raises(SubmissionRejected, match="src/secrets is a symbolic link"):
        read_folder(tmp_path)


def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SubmissionRejected, match="pipe is a special file"):
        read_folder(tmp_path)


def test_a_sparse_gigabyte_in_a_folder_is_refused_by_its_size(tmp_path):
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(1024 * MIB)
    with pytest.raises(SubmissionRejected, match=r"huge\.bin is larger"):
        read_folder(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SubmissionRejected, match="is not a folder"):
        read_folder(tmp_path / "nowhere")
