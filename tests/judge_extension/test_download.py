"""A learner's folder as a download: all of it, nothing else, and never a part that looks like all."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPError

from judge_extension import download, download_handler

Fetch = Callable[..., Any]


@pytest.fixture
def lab(jp_root_dir: Path) -> Path:
    """The folder of lab1 with a file in it."""
    folder = jp_root_dir / "lab1"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


async def fetch(jp_fetch: Fetch, slug: str = "lab1", **options: Any) -> Any:
    return await jp_fetch("containrlab", "api", "labs", slug, "download", raise_error=False, **options)


async def members(jp_fetch: Fetch) -> dict[str, tarfile.TarInfo]:
    response = await fetch(jp_fetch)
    assert response.code == 200
    with tarfile.open(fileobj=io.BytesIO(response.body), mode="r:gz") as archive:
        return {member.name: member for member in archive}


async def test_the_whole_folder_comes_as_a_file_to_keep(jp_fetch: Fetch, lab: Path) -> None:
    (lab / "sub").mkdir()
    (lab / "sub" / "run.sh").write_bytes(os.urandom(700_000))
    (lab / "sub" / "run.sh").chmod(0o755)
    response = await fetch(jp_fetch)
    assert response.headers["Content-Disposition"] == 'attachment; filename="lab1.tar.gz"'
    with tarfile.open(fileobj=io.BytesIO(response.body), mode="r:gz") as archive:
        assert {member.name for member in archive} == {
            "lab1",
            "lab1/Dockerfile",
            "lab1/sub",
            "lab1/sub/run.sh",
        }
        assert archive.extractfile("lab1/sub/run.sh").read() == (lab / "sub" / "run.sh").read_bytes()
        assert archive.getmember("lab1/sub/run.sh").mode == 0o755


async def test_links_go_in_as_links_and_odd_names_as_they_are(jp_fetch: Fetch, lab: Path) -> None:
    (lab / "passwd").symlink_to("/etc/passwd")
    (lab / "outside").symlink_to("..")
    odd = 'a\n"b\udcff 🐳'
    (lab / odd).write_text("odd")
    found = await members(jp_fetch)
    assert (found["lab1/passwd"].issym(), found["lab1/passwd"].linkname) == (True, "/etc/passwd")
    assert not any(name.startswith("lab1/outside/") for name in found)
    assert found[f"lab1/{odd}"].size == 3


async def test_what_is_no_file_is_left_out_and_named(jp_fetch: Fetch, lab: Path) -> None:
    os.mkfifo(lab / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(lab / "socket"))
        response = await fetch(jp_fetch)
    with tarfile.open(fileobj=io.BytesIO(response.body), mode="r:gz") as archive:
        left_out = archive.extractfile(f"lab1/{download.LEFT_OUT}").read().decode()
    assert sorted(left_out.split()) == ["'lab1/pipe'", "'lab1/socket'"]


async def test_a_file_that_shrinks_meanwhile_does_not_break_the_archive(
    jp_fetch: Fetch, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lab / "log").write_bytes(b"x" * 100_000)
    real = download._Padded.read

    def shrink(self: Any, size: int) -> bytes:
        os.truncate(lab / "log", 10)
        return real(self, size)

    monkeypatch.setattr(download._Padded, "read", shrink)
    assert (await members(jp_fetch))["lab1/log"].size == 100_000


@pytest.mark.parametrize("is_link", [False, True])
async def test_a_lab_that_is_not_there_or_is_a_link_is_no_download(
    jp_fetch: Fetch, jp_root_dir: Path, tmp_path: Path, is_link: bool
) -> None:
    if is_link:
        (jp_root_dir / "lab1").symlink_to(tmp_path)
    response = await fetch(jp_fetch)
    assert (response.code, b"workspace_blocked" in response.body) == (409, True)


async def test_too_much_is_said_at_once_or_breaks_the_connection(
    jp_fetch: Fetch, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 800_000)
    (lab / "a").write_bytes(bytes(900_000))
    response = await fetch(jp_fetch)
    assert (response.code, b"download_too_large" in response.body) == (413, True)

    monkeypatch.setattr(download_handler, "_CHUNK_BYTES", 1000)
    (lab / "b").write_bytes(os.urandom(600_000))
    (lab / "a").write_bytes(os.urandom(600_000))
    with pytest.raises((HTTPError, HTTPClientError)) as raised:
        await jp_fetch("containrlab", "api", "labs", "lab1", "download")
    assert raised.value.code == 599


async def test_a_stranger_gets_nothing(jp_fetch: Fetch, lab: Path) -> None:
    response = await fetch(jp_fetch, headers={"Authorization": "token wrong"})
    assert response.code == 403
