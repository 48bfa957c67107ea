"""The checks of memory, warm sessions and disk, on readings of other kinds of machine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from operator_cli.machine_checks.check import Status
from operator_cli.machine_checks.disk_quota import (
    DiskMeans,
    MountPoint,
    find_mount,
    judge_disk_quota,
    parse_mounts,
)
from operator_cli.machine_checks.disk_space import Room, judge_disk_space, read_room
from operator_cli.machine_checks.memory import judge_memory
from operator_cli.machine_checks.warm_pool import judge_pool
from spawner.pool_schedule import PoolSchedule

GIBIBYTE = 1024**3
MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
/dev/sdb1 /var/lib xfs rw,relatime,attr2,prjquota 0 0
overlay /var/lib/docker/overlay2/1/merged overlay rw 0 0
/dev/sdc1 /mnt/our\\040disk ext4 rw 0 0
"""
EXT4 = MountPoint("/", "ext4", frozenset({"rw"}))
XFS = MountPoint("/var/lib", "xfs", frozenset({"rw", "prjquota"}))
DATA, STATE = Path("/var/lib/docker"), Path("/srv/course/state")


@pytest.mark.parametrize(
    ("gibibytes", "status", "words"),
    [
        (2, Status.FAIL, "too little for one session"),
        (3.4, Status.FAIL, "too little"),
        (4, Status.WARN, "one session, but not 2 judge sandboxes"),
        (6.5, Status.PASS, "1 sessions"),
        (24, Status.PASS, "12 sessions at once beside 2 judge sandboxes"),
    ],
)
def test_memory(gibibytes: float, status: Status, words: str):
    finding = judge_memory(int(gibibytes * GIBIBYTE), judge_sandboxes=2)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("sessions", "status", "words"),
    [
        (5, Status.PASS, "5 sessions at once (CONTAINRLAB_SESSIONS; 12 fit)"),
        (12, Status.PASS, "12 sessions at once"),
        (13, Status.WARN, "CONTAINRLAB_SESSIONS is 13, but 12 sessions fit"),
    ],
)
def test_sessions_that_are_set_are_compared_with_memory(sessions: int, status: Status, words: str):
    finding = judge_memory(24 * GIBIBYTE, judge_sandboxes=2, sessions=sessions)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("timetable", "sessions", "status", "seen"),
    [
        ("", 12, Status.PASS, "2 sessions are to be ready"),
        pytest.param("", 1, Status.PASS, "2 sessions are to be ready", id="the default, on a small machine"),
        (
            "Thu 09:45-10:30 12",
            12,
            Status.PASS,
            "12 sessions are to be ready at Thu 10:00 (Europe/Zurich), 12 at most",
        ),
        (
            "Fri 09:45-10:30 30",
            12,
            Status.WARN,
            "2 sessions are to be ready at Thu 10:00 (Europe/Zurich), 30 at most, but 12 run at once",
        ),
    ],
)
def test_warm_sessions_are_compared_with_places(timetable: str, sessions: int, status: Status, seen: str):
    schedule = PoolSchedule.parse(timetable, "Europe/Zurich")
    finding = judge_pool(schedule, 2, sessions, datetime(2026, 11, 26, 9, 0, tzinfo=UTC))
    assert (finding.status, finding.seen) == (status, seen)


@pytest.mark.parametrize(
    ("rooms", "status"),
    [
        ([Room(DATA, 1, 100 * GIBIBYTE, 10**7)], Status.PASS),
        pytest.param([Room(DATA, 1, 100 * GIBIBYTE, None)], Status.PASS, id="btrfs counts no files"),
        ([Room(DATA, 1, 20 * GIBIBYTE, 10**7)], Status.WARN),
        ([Room(DATA, 1, GIBIBYTE, 10**7)], Status.FAIL),
        ([Room(DATA, 1, 100 * GIBIBYTE, 1000)], Status.FAIL),
        pytest.param(
            [Room(DATA, 1, 20 * GIBIBYTE, None), Room(STATE, 2, 20 * GIBIBYTE, None)],
            Status.PASS,
            id="two disks",
        ),
        pytest.param(
            [Room(DATA, 1, 20 * GIBIBYTE, None), Room(STATE, 1, 20 * GIBIBYTE, None)],
            Status.WARN,
            id="the same disk counts once",
        ),
        ([Room(DATA, 1, 100 * GIBIBYTE, None), Room(STATE, 2, GIBIBYTE, None)], Status.FAIL),
    ],
)
def test_disk_space(rooms: list[Room], status: Status):
    assert judge_disk_space(rooms, full_bytes=30 * GIBIBYTE).status is status


def test_room_of_a_folder_that_is_not_made_yet_is_its_parents(tmp_path: Path):
    there, missing = read_room(tmp_path), read_room(tmp_path / "not" / "yet")
    assert missing.device == there.device
    assert missing.folder == tmp_path / "not" / "yet"
    assert missing.free_bytes > 0


@pytest.mark.parametrize(
    ("means", "status", "words"),
    [
        (DiskMeans(XFS, False, False, "6.1.0"), Status.PASS, "project quotas of the xfs on /var/lib"),
        (DiskMeans(EXT4, True, True, "6.1.0"), Status.PASS, "ext4 of its own"),
        pytest.param(
            DiskMeans(MountPoint("/", "xfs", frozenset({"noquota"})), True, True, "6.1.0"),
            Status.PASS,
            "by loop",
            id="xfs without project quotas",
        ),
        (DiskMeans(EXT4, False, True, "6.8.0"), Status.WARN, "memory only"),
        (DiskMeans(EXT4, True, False, "6.8.0"), Status.WARN, "no mkfs.ext4"),
        (DiskMeans(EXT4, False, False, "6.1.0"), Status.WARN, "none: no /dev/loop-control"),
    ],
)
def test_disk_quota(means: DiskMeans, status: Status, words: str):
    finding = judge_disk_quota(means)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("folder", "mount"),
    [
        ("/var/lib/docker", "/var/lib"),
        ("/home", "/"),
        ("/mnt/our disk/data", "/mnt/our disk"),
        pytest.param("/var/library", "/", id="a name that begins alike"),
    ],
)
def test_mount_of_a_folder(folder: str, mount: str):
    assert find_mount(parse_mounts(MOUNTS), Path(folder)).folder == mount
