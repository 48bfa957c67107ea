"""Learners' workspaces are listed and given out, whether a session uses them or not, and never changed."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from click.testing import CliRunner, Result

from hub_config.settings import Settings
from operator_cli.main import cli
from spawner.labels import Role, make_labels, make_name
from spawner.loop_disk import LoopDisk
from spawner.session_policy import DiskLimit
from spawner.workspace_disk import WorkspaceDisk

pytestmark = pytest.mark.engine

LIMIT = DiskLimit.of_mebibytes(64)


def run(*arguments: object) -> Result:
    """The command, as an operator calls it."""
    return CliRunner().invoke(cli, ["workspace", *(str(argument) for argument in arguments)])


@pytest.fixture
def operator(settings: Settings, clean_engine: docker.APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works on the tests' own course."""
    monkeypatch.setenv("CONTAINRLAB_INSTANCE", settings.instance)
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))


@pytest.fixture
def disk(settings: Settings, operator: None) -> Iterator[WorkspaceDisk]:
    """Ada's disk, in use."""
    disk = WorkspaceDisk(settings.state_dir / "workspaces", "ada")
    settings.state_dir.mkdir()
    disk.open(LIMIT, owner=1000)
    fill(disk.device)
    yield disk
    LoopDisk(disk.folder, disk.name).remove()


@pytest.fixture
def volume(settings: Settings, operator: None, clean_engine: docker.APIClient) -> Iterator[Path]:
    """The folder of bob's plain volume; the hub calls him b/ob."""
    name = make_name(settings.instance, Role.WORKSPACE, "b-2fob")
    clean_engine.create_volume(name, labels=make_labels(settings.instance, Role.WORKSPACE, "b/ob"))
    folder = Path(clean_engine.inspect_volume(name)["Mountpoint"])
    fill(folder)
    yield folder
    clean_engine.remove_volume(name)


def fill(folder: Path) -> None:
    (folder / "lab1").mkdir()
    (folder / "lab1" / "Dockerfile").write_text("FROM x")
    os.chown(folder / "lab1" / "Dockerfile", 1000, 1000)
    (folder / "passwd").symlink_to("/etc/passwd")
    (folder / "root").symlink_to("/")
    (folder / "--checkpoint-action=exec=sh").write_text("a name")
    (folder / "a\n[red]b\udcff").write_text("odd")
    os.mkfifo(folder / "pipe")


def check(tar: Path) -> None:
    with tarfile.open(tar) as archive:
        members = {member.name: member for member in archive}
        dockerfile = archive.extractfile("./lab1/Dockerfile")
        assert dockerfile is not None
        assert dockerfile.read() == b"FROM x"
    assert members["./lab1/Dockerfile"].uid == 1000
    assert members["./passwd"].issym()
    assert members["./root"].issym()
    assert "./--checkpoint-action=exec=sh" in members
    assert "./a\n[red]b\udcff" in members
    assert not any("etc/" in name for name in members)


@pytest.mark.parametrize("is_open", [True, False])
def test_a_disk_is_exported_whether_a_session_runs_or_not(
    disk: WorkspaceDisk, settings: Settings, tmp_path: Path, is_open: bool
):
    if not is_open:
        disk.close()
    exported = run("export", "ada", tmp_path / "ada.tar")
    assert exported.exit_code == 0, exported.output
    check(tmp_path / "ada.tar")
    assert disk.is_open == is_open
    assert sorted(path.name for path in settings.state_dir.iterdir()) == ["copies.lock", "workspaces"]
    attached = subprocess.run(["losetup", "-a"], check=True, capture_output=True, text=True)
    assert "copy.ext4" not in attached.stdout


def test_a_plain_volume_is_exported_and_both_are_listed(disk: WorkspaceDisk, volume: Path, tmp_path: Path):
    listed = run("list", "--json")
    rows = json.loads(listed.stdout)
    assert [(row["learner"], row["kind"]) for row in rows] == [("ada", "disk"), ("b/ob", "volume")]
    assert all(row["bytes"] > 0 for row in rows)
    assert "b/ob" in run("list").stdout
    exported = run("export", "b/ob", tmp_path / "bob.tar")
    assert exported.exit_code == 0, exported.output
    check(tmp_path / "bob.tar")


def test_a_tar_can_go_to_standard_output(volume: Path, tmp_path: Path):
    answer = subprocess.run(
        ["containrlab", "workspace", "export", "b/ob", "-"], check=True, capture_output=True
    )
    (tmp_path / "bob.tar").write_bytes(answer.stdout)
    check(tmp_path / "bob.tar")


def test_a_file_that_is_there_stays(disk: WorkspaceDisk, tmp_path: Path):
    (tmp_path / "ada.tar").write_text("mine")
    refused = run("export", "ada", tmp_path / "ada.tar")
    assert (refused.exit_code, "is there already" in refused.output) == (2, True)
    assert (tmp_path / "ada.tar").read_text() == "mine"


def test_what_cannot_be_read_is_said_and_leaves_no_file(disk: WorkspaceDisk, tmp_path: Path):
    disk.close()
    with disk.image.open("r+b") as image:
        image.write(bytes(40 * 2**20))
    broken = run("export", "ada", tmp_path / "ada.tar")
    assert (broken.exit_code, "could not be read" in broken.output) == (2, True)
    nobody = run("export", "nobody", tmp_path / "nobody.tar")
    assert (nobody.exit_code, "There is no workspace of 'nobody'" in nobody.output) == (2, True)
    assert [path.name for path in tmp_path.glob("*.tar*")] == []
