"""The bounded reader: plain files and folders come in, everything odd is refused quickly and by name."""

from __future__ import annotations

import io
import os
import tarfile
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_service.errors import SubmissionRejected
from course_service.submission import read_folder, read_tar
from course_service.submission_collector import MOST_STREAM_BYTES
from tests.hostile.archives import END, MIB, find_archive, header, padded, pax

from .conftest import pack


@pytest.mark.parametrize(
    "name", ["GNU sparse file of 1 EiB", "header that claims 20 GB", "PAX header of 7 MiB"]
)
def test_refusing_takes_no_more_memory_than_a_stream_may_have(name):
    body = find_archive(name).body
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
        read_tar(find_archive(name).body)
    assert refusal.value.too_large is too_large


def test_a_stream_above_the_limit_is_not_read():
    with pytest.raises(SubmissionRejected, match="packs to more than 8 MiB"):
        read_tar(bytes(MOST_STREAM_BYTES + 1))


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
