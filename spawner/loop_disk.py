"""A disk of bounded size for one sandbox or session: a sparse file with an ext4 of its own, mounted by loop.

What is inside can fill its own disk and nothing else, in bytes and in files, and all of it is given back when
the file goes. Mounting needs root and loop devices; where they are missing, `LoopDiskUnavailable` is raised.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import LoopDiskUnavailable

_COMMAND_SECONDS = 30
_IMAGE_SUFFIX = ".ext4"
# No journal: a disk is never used again after a crash. No reserved blocks: nobody inside is root.
_FORMAT = ("-q", "-F", "-m", "0", "-O", "^has_journal", "-E", "lazy_itable_init=1,nodiscard")


@dataclass(frozen=True)
class LoopDisk:
    """A disk named `name` in `folder`; there only between `create` and `remove`."""

    folder: Path
    name: str

    @property
    def mount_point(self) -> Path:
        """Where the disk's root is, on this machine."""
        return self.folder / self.name

    @property
    def image(self) -> Path:
        """The file that the disk is kept in."""
        return self.folder / f"{self.name}{_IMAGE_SUFFIX}"

    def create(self, *, size_bytes: int, inodes: int, owner: int, subfolders: Iterable[str]) -> None:
        """Make and mount the disk, with empty subfolders that belong to uid and gid `owner`.

        Raises `LoopDiskUnavailable`; nothing is left then.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with self.image.open("xb") as image:
                image.truncate(size_bytes)
            _run("mkfs.ext4", *_FORMAT, "-N", str(inodes), str(self.image))
            self.mount_point.mkdir()
            _run("mount", "-o", "loop,nodev,noatime", str(self.image), str(self.mount_point))
            for subfolder in subfolders:
                path = self.mount_point / subfolder
                path.mkdir()
                os.chown(path, owner, owner)
        except BaseException:
            self.remove()
            raise

    def remove(self) -> None:
        """Unmount the disk and give its space back, as far as it is there."""
        if self.mount_point.is_mount():
            _run("umount", str(self.mount_point), fallback=("umount", "--lazy", str(self.mount_point)))
        if self.mount_point.is_dir():
            self.mount_point.rmdir()
        self.image.unlink(missing_ok=True)


def list_loop_disks(folder: Path) -> list[LoopDisk]:
    """Every disk of `folder`, half made ones included."""
    if not folder.is_dir():
        return []
    return [
        LoopDisk(folder, name)
        for name in sorted({entry.name.removesuffix(_IMAGE_SUFFIX) for entry in folder.iterdir()})
    ]


def _run(*command: str, fallback: tuple[str, ...] | None = None) -> None:
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoopDiskUnavailable(f"{command[0]}: {error}") from error
    if answer.returncode == 0:
        return
    if fallback is not None:
        _run(*fallback)
        return
    raise LoopDiskUnavailable(f"{command[0]} ended with {answer.returncode}: {answer.stderr.strip()}")
