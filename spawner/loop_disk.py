"""Disks of bounded size: a sparse file with an ext4 of its own, mounted by loop.

What is inside can fill its own disk and nothing else, in bytes and in files. Mounting needs root and loop
devices; where they are missing, `LoopDiskUnavailable` is raised.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import LoopDiskUnavailable
from .session_policy import DiskLimit

IMAGE_SUFFIX = ".ext4"
_COMMAND_SECONDS = 30
# No reserved blocks: nobody inside is root. A new file is all zeros already, so nothing is written now, nor
# later in the background (noinit_itable).
_FORMAT = ("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard")
_MOUNT_OPTIONS = "loop,nodev,nosuid,noatime,noinit_itable"


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
        return self.folder / f"{self.name}{IMAGE_SUFFIX}"

    def create(self, limit: DiskLimit, *, owner: int, subfolders: Iterable[str]) -> None:
        """Make and mount the disk, with empty subfolders that belong to uid and gid `owner`.

        Raises `LoopDiskUnavailable`; nothing is left then.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # No journal, and no flush to the machine's disk: after a crash this one is never used again. An
            # engine asks for many flushes, and each would be waited for, by its neighbours too.
            format_image(self.image, limit, "-O", "^has_journal")
            self._mount(f"{_MOUNT_OPTIONS},nobarrier", owner, subfolders)
        except BaseException:
            self.remove()
            raise

    def mount(self, *, owner: int, subfolders: Iterable[str]) -> None:
        """Mount what is there, and make the subfolders that are missing."""
        self._mount(_MOUNT_OPTIONS, owner, subfolders)

    def remove(self) -> None:
        """Unmount the disk and give its space back, as far as it is there."""
        if self.mount_point.is_mount():
            try:
                run_command("umount", str(self.mount_point))
            except LoopDiskUnavailable:
                run_command("umount", "--lazy", str(self.mount_point))
        if self.mount_point.is_dir():
            self.mount_point.rmdir()
        self.image.unlink(missing_ok=True)

    def _mount(self, options: str, owner: int, subfolders: Iterable[str]) -> None:
        self.mount_point.mkdir(exist_ok=True)
        run_command("mount", "-o", options, str(self.image), str(self.mount_point))
        for subfolder in subfolders:
            path = self.mount_point / subfolder
            if not path.exists():
                path.mkdir()
                os.chown(path, owner, owner)


def list_loop_disks(folder: Path) -> list[LoopDisk]:
    """Every disk of `folder`, half made ones included."""
    if not folder.is_dir():
        return []
    return [
        LoopDisk(folder, name)
        for name in sorted({entry.name.removesuffix(IMAGE_SUFFIX) for entry in folder.iterdir()})
    ]


def format_image(image: Path, limit: DiskLimit, *options: str) -> None:
    """Make a new, sparse file with an ext4 of this size. Raises `LoopDiskUnavailable`."""
    with image.open("xb") as file:
        file.truncate(limit.bytes)
    run_command(*_FORMAT, *options, "-N", str(limit.files), str(image))


def run_command(*command: str, good: tuple[int, ...] = (0,), seconds: float = _COMMAND_SECONDS) -> str:
    """What a command prints. Raises `LoopDiskUnavailable` where it does not end with one of `good`."""
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoopDiskUnavailable(f"{command[0]}: {error}") from error
    if answer.returncode not in good:
        words = (answer.stderr.strip() or answer.stdout.strip())[-500:]
        raise LoopDiskUnavailable(f"{command[0]} ended with {answer.returncode}: {words}")
    return answer.stdout
