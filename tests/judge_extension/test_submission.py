"""Packing folders as learners leave them, and as someone who means harm does."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from judge_extension import submission
from judge_extension.errors import SubmissionRejected
from judge_extension.submission import pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lab's folder with a Dockerfile in it."""
    folder = tmp_path / "lab1"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM python:3.13-slim\n")
    return folder


def unpacked(tar: bytes) -> dict[str, bytes | None]:
    with tarfile.open(fileobj=io.BytesIO(tar), mode="r|") as archive:
        return {
            member.name: file.read() if (file := archive.extractfile(member)) else None for member in archive
        }


def test_files_and_folders_are_packed_as_they_are(folder: Path) -> None:
    (folder / "src" / "empty").mkdir(parents=True)
    (folder / "src" / "a b@1+x=y,z.py").write_bytes(b"\x00\xff")
    (folder / ".dockerignore").write_text("venv/")

    assert unpacked(pack(folder)) == {
        ".dockerignore": b"venv/",
        "Dockerfile": b"FROM python:3.13-slim\n",
        "src": None,
        "src/a b@1+x=y,z.py": b"\x00\xff",
        "src/empty": None,
    }


def test_the_tar_says_nothing_of_who_and_when_but_whether_it_runs(folder: Path) -> None:
    (folder / "start.sh").write_text("#!/bin/sh")
    (folder / "start.sh").chmod(0o777)
    first = pack(folder)
    os.utime(folder / "Dockerfile", (1, 1))

    assert pack(folder) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as tar:
        assert {member.name: (member.mode, member.uid, member.mtime) for member in tar} == {
            "Dockerfile": (0o644, 0, 0),
            "start.sh": (0o755, 0, 0),
        }


def test_exclusions_hold_at_any_depth_whatever_they_are(folder: Path) -> None:
    for path in ("venv/lib", "src/venv/lib", "src/__pycache__", ".git", "node_modules", "venvs"):
        (folder / path).mkdir(parents=True)
    (folder / "src" / "deep.ipynb").write_text("{}")
    (folder / "src" / "venv" / "python").symlink_to("/usr/bin/python3")
    os.mkfifo(folder / ".venv")

    assert sorted(unpacked(pack(folder))) == ["Dockerfile", "src", "venvs"]


def test_ten_thousand_files_that_are_excluded_are_no_trouble(folder: Path) -> None:
    (folder / "venv").mkdir()
    for number in range(10_000):
        (folder / "venv" / str(number)).touch()
    assert list(unpacked(pack(folder))) == ["Dockerfile"]


def _symlink(folder: Path) -> None:
    (folder / "trap").symlink_to("/etc/passwd")


def _symlinked_folder(folder: Path) -> None:
    (folder / "trap").symlink_to("/etc", target_is_directory=True)


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / "trap")


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "trap"))


def _non_utf8(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/trap\xff")).touch()


def _newline(folder: Path) -> None:
    (folder / "trap\n").touch()


def _markup(folder: Path) -> None:
    (folder / "trap<img src=x onerror=alert(1)>").touch()


def _deep(folder: Path) -> None:
    (folder / "/".join(["trap"] * 9)).mkdir(parents=True)


def _long_path(folder: Path) -> None:
    (folder / ("trap" * 40) / ("trap" * 40)).mkdir(parents=True)


def _sparse(folder: Path) -> None:
    with (folder / "trap").open("wb") as file:
        file.truncate(2**40)


def _heavy(folder: Path) -> None:
    for number in range(5):
        (folder / f"trap{number}").write_bytes(bytes(2**20))


def _many(folder: Path) -> None:
    for number in range(10_000):
        (folder / f"trap{number}").touch()


def _many_spread(folder: Path) -> None:
    for number in range(5):
        (folder / f"trap{number}").mkdir()
        for file in range(100):
            (folder / f"trap{number}" / str(file)).touch()


@pytest.mark.parametrize(
    ("make", "is_too_large", "names"),
    [
        (_symlink, False, "trap is not a plain file"),
        (_symlinked_folder, False, "trap is not a plain file"),
        (_fifo, False, "trap is not a plain file"),
        (_socket, False, "trap is not a plain file"),
        (_non_utf8, False, r"'trap\udcff'"),
        (_newline, False, r"'trap\n'"),
        (_markup, False, "trap<img"),  # shown as text: the panel escapes it
        (_deep, False, "trap/trap"),
        (_long_path, False, "too long"),
        (_sparse, True, "trap is larger than 1 MiB"),
        (_heavy, True, "more than 4 MiB"),
        (_many, True, "more than 400"),
        (_many_spread, True, "more than 400"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_what_the_judge_does_not_take_is_named_at_once(
    folder: Path, make: Callable[[Path], None], is_too_large: bool, names: str
) -> None:
    make(folder)

    started = time.process_time()
    with pytest.raises(SubmissionRejected) as rejected:
        pack(folder)

    assert time.process_time() - started < 1
    assert names in rejected.value.message
    assert rejected.value.hint
    assert rejected.value.is_too_large is is_too_large
    assert str(rejected.value.answer).isprintable()
    assert rejected.value.answer["message"].encode()  # no surrogate in it


def test_a_device_is_not_opened(folder: Path) -> None:
    try:
        os.mknod(folder / "trap", 0o20666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.fail("This test makes a device, for which it must run as root", pytrace=False)
    with pytest.raises(SubmissionRejected, match="trap is not a plain file"):
        pack(folder)


@pytest.mark.parametrize("mode", [0o000, 0o300], ids=["no rights", "not readable"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_cannot_be_read_is_named_with_its_cure(
    folder: Path, kind: str, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = folder / "locked"
    locked.touch() if kind == "file" else locked.mkdir()
    locked.chmod(mode)
    if os.geteuid() == 0:  # root reads everything: the engine of the test is told to see what a learner would
        monkeypatch.setattr(submission.os, "open", _refusing_open("locked"))

    with pytest.raises(SubmissionRejected, match="locked cannot be read") as rejected:
        pack(folder)
    assert "chmod" in rejected.value.hint


def _refusing_open(name: str) -> Callable[..., int]:
    real_open = os.open

    def refusing_open(path: str, *args: int, **options: int) -> int:
        if path == name:
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args, **options)

    return refusing_open


@pytest.mark.parametrize("kind", ["nothing", "file", "link"])
def test_a_folder_that_is_none_says_to_open_the_lab(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "lab1"
    if kind == "file":
        folder.touch()
    if kind == "link":
        folder.symlink_to("/etc")
    with pytest.raises(SubmissionRejected, match="no folder") as rejected:
        pack(folder)
    assert "Open the lab again" in rejected.value.hint


def test_a_walk_that_takes_too_long_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "MAX_SECONDS", -1)
    with pytest.raises(SubmissionRejected, match="takes too long"):
        pack(folder)


def test_exactly_at_the_bounds_is_taken(folder: Path) -> None:
    (folder / "Dockerfile").unlink()
    for number in range(4):
        (folder / f"big{number}").write_bytes(bytes(2**20))
    for number in range(396):
        (folder / f"small{number}").touch()
    assert len(unpacked(pack(folder))) == 400
