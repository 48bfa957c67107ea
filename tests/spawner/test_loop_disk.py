"""Disks of their own: bounded, given back, and never half there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from spawner.errors import LoopDiskUnavailable
from spawner.loop_disk import LoopDisk, list_loop_disks
from spawner.session_policy import MEBIBYTE, DiskLimit

pytestmark = pytest.mark.engine  # not the engine, but the same root on the same machine


@pytest.fixture
def disk(tmp_path: Path):
    """A small disk of one folder, gone at the end."""
    disk = LoopDisk(tmp_path / "disks", "one")
    disk.create(DiskLimit(64 * MEBIBYTE, 2000), owner=1000, subfolders=["engine"])
    yield disk
    disk.remove()


def test_it_is_bounded_in_bytes(disk: LoopDisk):
    with pytest.raises(OSError, match="No space left"):
        (disk.mount_point / "engine" / "big").write_bytes(bytes(65 * MEBIBYTE))


def test_it_is_bounded_in_files(disk: LoopDisk):
    files = [disk.mount_point / "engine" / str(number) for number in range(5000)]
    with pytest.raises(OSError, match="No space left"):
        any(file.touch() for file in files)


def test_its_folders_are_the_owners(disk: LoopDisk):
    found = (disk.mount_point / "engine").stat()
    assert (found.st_uid, found.st_gid) == (1000, 1000)


def test_it_takes_no_room_until_it_is_filled_and_gives_it_back(disk: LoopDisk):
    assert disk.image.stat().st_blocks * 512 < 8 * MEBIBYTE
    disk.remove()
    assert list(disk.folder.iterdir()) == []
    disk.remove()  # what is gone already is fine


def test_it_waits_for_no_flush_of_the_machines_disk_unless_it_is_mounted_to_last(disk: LoopDisk):
    assert "nobarrier" in mount_options(disk)
    subprocess.run(["umount", str(disk.mount_point)], check=True)
    disk.mount(owner=1000, subfolders=[])
    assert "nobarrier" not in mount_options(disk)


def mount_options(disk: LoopDisk) -> set[str]:
    """Of the disk's file system, as the kernel says."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    (options,) = (options for _, folder, _, options, *_ in mounts if folder == str(disk.mount_point))
    return set(options.split(","))


def test_it_goes_also_while_a_file_on_it_is_open(disk: LoopDisk):
    with (disk.mount_point / "engine" / "open").open("w"):
        disk.remove()
    assert list(disk.folder.iterdir()) == []


def test_one_that_cannot_be_made_leaves_nothing(tmp_path: Path):
    disk = LoopDisk(tmp_path, "tiny")
    with pytest.raises(LoopDiskUnavailable, match=r"mkfs\.ext4"):
        disk.create(DiskLimit(100, 10), owner=1000, subfolders=[])
    assert list(tmp_path.iterdir()) == []


def test_half_made_ones_are_listed_too(disk: LoopDisk):
    (disk.folder / "half.ext4").touch()
    assert [found.name for found in list_loop_disks(disk.folder)] == ["half", "one"]
    os.remove(disk.folder / "half.ext4")
    assert list_loop_disks(disk.folder / "missing") == []
