"""The file of a backup: what went in comes out, holes included, and one that is not whole is refused."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from operator_cli.backup_archive import ArchiveWriter, Manifest, unpack
from operator_cli.errors import BackupBroken

MEBIBYTE = 2**20


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A file with data, a hole, data, and a hole at its end."""
    path = tmp_path / "ada.ext4"
    with path.open("wb") as file:
        for place in (0, 40):
            file.seek(place * MEBIBYTE)
            file.write(os.urandom(MEBIBYTE))
        file.truncate(64 * MEBIBYTE)
    return path


@pytest.fixture
def archive(tmp_path: Path, disk: Path) -> Path:
    """A whole one."""
    (tmp_path / "secret").write_text("canary")
    (tmp_path / "empty").touch()
    return write(
        tmp_path / "course.tar.gz",
        {"state/secret": tmp_path / "secret", "state/empty": tmp_path / "empty", "workspaces/ada.ext4": disk},
    )


def write(path: Path, files: dict[str, Path], named: list[str] | None = None) -> Path:
    with path.open("wb") as into, ArchiveWriter(into) as writer:
        for name, file in files.items():
            writer.add(name, file)
        members = writer.members if named is None else named
        writer.finish(Manifest("containrlab", "2026-11-01T10:00:00+00:00", "sqlite", [], members))
    return path


def test_what_went_in_comes_out_with_its_holes(archive: Path, disk: Path, tmp_path: Path):
    assert archive.stat().st_size < 3 * MEBIBYTE
    manifest = unpack(archive, tmp_path / "new")
    assert manifest.members == ["state/secret", "state/empty", "workspaces/ada.ext4"]
    out = tmp_path / "new" / "workspaces" / "ada.ext4"
    assert out.stat().st_blocks * 512 < 4 * MEBIBYTE
    is_same = out.read_bytes() == disk.read_bytes()
    assert is_same
    assert (tmp_path / "new" / "state" / "secret").read_text() == "canary"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new").rglob("*")}
    assert modes["secret"] == modes["ada.ext4"] == 0o600


def test_gnu_tar_reads_it_too(archive: Path, disk: Path, tmp_path: Path):
    subprocess.run(["tar", "-xzf", archive, "-C", tmp_path], check=True)
    is_same = (tmp_path / "workspaces" / "ada.ext4").read_bytes() == disk.read_bytes()
    assert is_same


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -4000, -9, -1])
def test_a_truncated_one_is_refused(archive: Path, tmp_path: Path, kept: float):
    whole = archive.read_bytes()
    archive.write_bytes(whole[: int(kept * len(whole)) if kept == 0.5 else int(kept)])
    with pytest.raises(BackupBroken, match="is not a whole backup"):
        unpack(archive, tmp_path / "new")


@pytest.mark.parametrize("where", [0.01, 0.3, 0.6, 0.999])
def test_a_damaged_one_is_refused(archive: Path, tmp_path: Path, where: float):
    content = bytearray(archive.read_bytes())
    content[int(where * len(content))] ^= 0x20
    archive.write_bytes(content)
    with pytest.raises(BackupBroken):
        unpack(archive, tmp_path / "new")


def test_one_that_lacks_what_it_names_is_refused(tmp_path: Path):
    archive = write(tmp_path / "b.tar.gz", {}, named=["state/jupyterhub_cookie_secret"])
    with pytest.raises(BackupBroken, match="not what its last member names"):
        unpack(archive, tmp_path / "new")


@pytest.mark.parametrize(
    "name", ["../out", "/etc/out", "state/../../out", "state/..", "other/x", "state/a/b"]
)
def test_a_member_that_is_none_of_ours_is_refused(tmp_path: Path, name: str):
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(BackupBroken, match="no part of a backup"):
        unpack(tmp_path / "b.tar.gz", tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_link_is_none_of_ours(tmp_path: Path):
    link = tarfile.TarInfo("state/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as tar:
        tar.addfile(link)
    with pytest.raises(BackupBroken, match="no part of a backup"):
        unpack(tmp_path / "b.tar.gz", tmp_path / "new")
