"""The kernel's table of mounts, read on a real machine."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spawner.mount_table import list_mounts

pytestmark = pytest.mark.engine  # as root, on the engine's machine

NAMES = ["plain", "two words", "tab\tand\nnewline", "back\\slash \\040", "page\x0c\x85break", "öl", "\udcff"]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Mounts as mount(8) does; all that it mounted below the test's folder is gone at the end."""
    mounted: list[object] = []

    def call(*arguments: object) -> None:
        subprocess.run(["mount", *(os.fsencode(str(argument)) for argument in arguments)], check=True)
        mounted.append(arguments[-1])

    yield call
    for path in reversed(mounted):
        subprocess.run(["umount", os.fsencode(str(path))], check=False, stderr=subprocess.DEVNULL)
    assert os.fsencode(tmp_path) not in Path("/proc/mounts").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_that_is_bound_on_itself_is_found_whatever_it_is_called(tmp_path: Path, mount, name: str):
    folder = tmp_path / name
    (folder / "below").mkdir(parents=True)
    assert list_mounts(folder) == []
    mount("--bind", folder, folder)
    assert [seen.path for seen in list_mounts(folder)] == [folder]
    assert list_mounts(folder / "below") == []
    assert list_mounts(tmp_path) == []


def test_a_folder_is_found_by_any_way_to_it(tmp_path: Path, mount):
    folder, way = tmp_path / "folder", tmp_path / "way"
    folder.mkdir()
    way.symlink_to(tmp_path)
    mount("--bind", folder, folder)
    assert [seen.path for seen in list_mounts(way / "folder")] == [folder]


def test_what_is_mounted_last_comes_last_and_is_known_to_be_shared(tmp_path: Path, mount):
    mount("--bind", tmp_path, tmp_path)
    subprocess.run(["mount", "--make-private", tmp_path], check=True)
    mount("-t", "tmpfs", "none", tmp_path)
    subprocess.run(["mount", "--make-shared", tmp_path], check=True)
    assert [seen.is_shared for seen in list_mounts(tmp_path)] == [False, True]
