"""A learner's own disk: nothing that was saved is lost, whatever ended the session or the machine."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from operator_cli.waiting import wait_for
from spawner import disk_freeze
from spawner.errors import LoopDiskUnavailable, WorkspaceUnavailable
from spawner.loop_disk import LoopDisk
from spawner.session_policy import MEBIBYTE, DiskLimit
from spawner.workspace_disk import WorkspaceDisk, list_open_workspaces

pytestmark = pytest.mark.engine  # not the engine, but the same root on the same machine

LIMIT = DiskLimit(64 * MEBIBYTE, 6400)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[WorkspaceDisk]:
    """An open, empty one."""
    disk = WorkspaceDisk(tmp_path / "workspaces", "o-27brien")
    disk.open(LIMIT, owner=1000)
    yield disk
    LoopDisk(disk.folder, disk.name).remove()


def test_files_outlive_closing(disk: WorkspaceDisk):
    (disk.device / "a.txt").write_text("mine")
    disk.close()
    assert not disk.device.exists()
    disk.open(LIMIT, owner=1000)
    assert (disk.device / "a.txt").read_text() == "mine"


def test_opening_an_open_one_leaves_it_to_the_session_that_uses_it(disk: WorkspaceDisk):
    with (disk.device / "open").open("w") as file:
        disk.open(DiskLimit(128 * MEBIBYTE, 12800), owner=1000)
        file.write("still here")
    assert (disk.device / "open").read_text() == "still here"


def test_what_was_saved_outlives_a_machine_that_stopped_at_once(disk: WorkspaceDisk, tmp_path: Path):
    (disk.device / "saved").write_text("mine")
    subprocess.run(["sync", "-f", disk.device], check=True)
    (disk.device / "unsaved").write_text("lost, maybe")
    # What is in the file now is what the machine would find after its power came back.
    after = WorkspaceDisk(tmp_path / "after", disk.name)
    after.folder.mkdir()
    shutil.copy(disk.image, after.image)
    try:
        after.open(LIMIT, owner=1000)
        assert (after.device / "saved").read_text() == "mine"
        (after.device / "new").write_text("it can be written to")
    finally:
        LoopDisk(after.folder, after.name).remove()


def test_a_half_made_one_is_made_anew(tmp_path: Path):
    disk = WorkspaceDisk(tmp_path, "new")
    (tmp_path / "new.ext4.new").write_bytes(b"half")
    disk.open(LIMIT, owner=1000)
    assert disk.is_open
    LoopDisk(tmp_path, "new").remove()


def test_a_damaged_one_is_never_replaced(disk: WorkspaceDisk):
    disk.close()
    with disk.image.open("r+b") as image:
        image.write(bytes(40 * MEBIBYTE))
    with pytest.raises(WorkspaceUnavailable, match=r"run: e2fsck .*o-27brien\.ext4"):
        disk.open(LIMIT, owner=1000)
    assert disk.image.stat().st_size == LIMIT.bytes


def test_a_raised_limit_lets_it_grow_and_a_lowered_one_does_nothing(disk: WorkspaceDisk):
    (disk.device / "a.txt").write_text("mine")
    disk.close()
    disk.open(DiskLimit(256 * MEBIBYTE, 25600), owner=1000)
    usage = shutil.disk_usage(disk.device)
    assert 200 * MEBIBYTE < usage.total <= 256 * MEBIBYTE
    disk.close()
    disk.open(LIMIT, owner=1000)
    assert shutil.disk_usage(disk.device).total == usage.total
    assert (disk.device / "a.txt").read_text() == "mine"


def test_a_disk_that_cannot_grow_is_used_as_it_is(
    disk: WorkspaceDisk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    (disk.device / "a.txt").write_text("mine")
    disk.close()
    monkeypatch.setattr(os, "truncate", _raise_no_space)
    disk.open(DiskLimit(256 * MEBIBYTE, 25600), owner=1000)
    assert (disk.device / "a.txt").read_text() == "mine"
    assert "could not grow" in caplog.text
    assert sorted(path.name for path in disk.folder.iterdir()) == [disk.name, disk.image.name]


def test_what_is_deleted_is_given_back_to_the_machine(disk: WorkspaceDisk):
    big = disk.device / "big"
    big.write_bytes(b"x" * 40 * MEBIBYTE)
    subprocess.run(["sync", "-f", disk.device], check=True)
    full = disk.image.stat().st_blocks * 512
    assert full > 40 * MEBIBYTE
    big.unlink()
    disk.close()
    assert disk.image.stat().st_blocks * 512 < 8 * MEBIBYTE


def test_one_in_use_stays_mounted_and_is_listed(disk: WorkspaceDisk):
    with (disk.device / "open").open("w"), pytest.raises(LoopDiskUnavailable, match="busy"):
        disk.close()
    assert list_open_workspaces(disk.folder) == [disk]
    disk.close()
    assert list_open_workspaces(disk.folder) == []


def test_one_that_is_held_elsewhere_is_joined_and_not_checked(disk: WorkspaceDisk):
    with (disk.device / "held").open("w") as file:
        subprocess.run(["umount", "--lazy", disk.device.parent], check=True)
        disk.open(DiskLimit(128 * MEBIBYTE, 12800), owner=1000)
        file.write("one file system")
        file.flush()
        assert (disk.device / "held").read_text() == "one file system"


def _raise_no_space(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_copy_of_an_open_disk_is_whole_and_the_writer_goes_on(disk: WorkspaceDisk, tmp_path: Path):
    (disk.device / "saved").write_text("mine")
    program = "i=0; while :; do i=$((i+1)); echo $i > $((i % 99)); done"
    writer = subprocess.Popen(["sh", "-c", program], cwd=disk.device)
    try:
        disk.copy_to(tmp_path / "copy.ext4")
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.wait()
    assert (disk.device / "saved").read_text() == "mine"  # neither frozen nor lost
    after = WorkspaceDisk(tmp_path / "after", disk.name)
    after.folder.mkdir()
    (tmp_path / "copy.ext4").rename(after.image)
    assert after.image.stat().st_blocks * 512 < 16 * MEBIBYTE
    assert subprocess.run(["e2fsck", "-fn", after.image], capture_output=True, check=False).returncode == 0
    try:
        after.open(LIMIT, owner=1000)
        assert (after.device / "saved").read_text() == "mine"
    finally:
        LoopDisk(after.folder, after.name).remove()


def test_a_copy_of_a_closed_disk_leaves_it_alone(disk: WorkspaceDisk, tmp_path: Path):
    disk.close()
    before = disk.image.read_bytes()
    disk.copy_to(tmp_path / "copy.ext4")
    assert (tmp_path / "copy.ext4").stat().st_size == LIMIT.bytes
    is_unchanged = disk.image.read_bytes() == before
    assert is_unchanged


def test_a_disk_is_let_go_when_its_copier_is_killed(disk: WorkspaceDisk):
    program = "import sys, os; from pathlib import Path; from spawner.disk_freeze import frozen\n"
    program += "with frozen(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    ended = subprocess.run([sys.executable, "-c", program, disk.device.parent], check=False)
    assert ended.returncode == -signal.SIGKILL
    # Written to by a process that can be ended if it hangs.
    subprocess.run(["timeout", "-s", "KILL", "10", "touch", disk.device / "again"], check=True)


def test_a_copy_that_takes_too_long_is_none(
    disk: WorkspaceDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(disk_freeze, "FREEZE_SECONDS", 0.2)
    with pytest.raises(LoopDiskUnavailable, match="for as long as"), disk_freeze.frozen(disk.device.parent):
        assert wait_for(lambda: not is_frozen(disk), 10)


def is_frozen(disk: WorkspaceDisk) -> bool:
    tried = subprocess.run(["timeout", "-s", "KILL", "0.1", "touch", disk.device / "try"], check=False)
    return tried.returncode != 0
