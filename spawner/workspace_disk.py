"""A learner's own disk, which outlives sessions: an ext4 with a journal in a file, mounted while it is used.

It is written so that no moment of a crash loses what a learner had saved: the file gets its name only when
it is complete, its journal is replayed and it is checked before it is mounted again, and nothing deletes it.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from .disk_freeze import FREEZE_SECONDS, frozen
from .errors import LoopDiskUnavailable, WorkspaceUnavailable
from .flock import flocked
from .loop_disk import IMAGE_SUFFIX, LoopDisk, format_image, run_command
from .session_policy import DiskLimit

log = logging.getLogger(__name__)

FOLDER = "workspace"
"""The disk's folder that is the learner's: it is there only while the disk is mounted, so that nothing can be
written beside the disk by mistake."""

_JOURNAL = ("-J", "size=8")
_COPY_OPTIONS = ("--sparse=always", "--reflink=auto", "--preserve=mode")
_HALF_MADE = ".new"
_FSCK_GOOD = (0, 1)  # nothing to mend; mended


@dataclass(frozen=True)
class WorkspaceDisk:
    """The disk of the learner `name` (an escaped name) in `folder`."""

    folder: Path
    name: str

    @property
    def _disk(self) -> LoopDisk:
        return LoopDisk(self.folder, self.name)

    @property
    def image(self) -> Path:
        """The file that it is kept in."""
        return self._disk.image

    @property
    def _half_made(self) -> Path:
        return self.image.with_name(f"{self.image.name}{_HALF_MADE}")

    @property
    def device(self) -> Path:
        """The folder that a session is given."""
        return self._disk.mount_point / FOLDER

    @property
    def exists(self) -> bool:
        """True once it was made; what is in it is a learner's work."""
        return self.image.exists()

    @property
    def is_open(self) -> bool:
        """True while it is mounted on this machine."""
        return self._disk.mount_point.is_mount()

    def open(self, limit: DiskLimit, *, owner: int) -> None:
        """Make the disk where there is none, let it grow to a raised limit, and mount it.

        One that is mounted already stays as it is: a session that outlived the hub may be using it. A lowered
        limit does not shrink a disk. Raises `LoopDiskUnavailable`, and `WorkspaceUnavailable` where there is
        a disk that cannot be mended without somebody looking at it.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock(fcntl.LOCK_SH):
            if self.is_open:
                return
            if not self.exists:
                self._make(limit)
            elif not self._is_attached():
                self._check()
                self._grow(limit)
            self._disk.mount(owner=owner, subfolders=[FOLDER])

    def close(self) -> None:
        """Give back to the machine what was deleted on it, and unmount it.

        What a crash has left half made is removed. Raises `LoopDiskUnavailable` while somebody works in it;
        it stays mounted then.
        """
        self._half_made.unlink(missing_ok=True)
        if not self._disk.mount_point.is_dir():
            return
        with self._lock(fcntl.LOCK_SH):
            if self.is_open:
                with suppress(LoopDiskUnavailable):  # the machine's file system has no holes
                    run_command("sync", "--file-system", str(self._disk.mount_point))  # else not free yet
                    run_command("fstrim", str(self._disk.mount_point))
                run_command("umount", str(self._disk.mount_point))
            if self._disk.mount_point.is_dir():
                self._disk.mount_point.rmdir()

    def copy_to(self, copy: Path) -> None:
        """Write the disk to the new file `copy`, holes kept: whole, as it is at one moment, and checked.

        While a session writes to it, it is held still for so long (`disk_freeze`); the learner's saving waits
        a moment, and so does who opens or closes a workspace. The disk itself is not changed. Raises
        `LoopDiskUnavailable` and, where it is mounted somewhere else, `WorkspaceUnavailable`.
        """
        with self._lock(fcntl.LOCK_EX):
            if not self.is_open and self._is_attached():
                raise WorkspaceUnavailable(f"{self.image} is mounted elsewhere: losetup -j {self.image}")
            with frozen(self._disk.mount_point) if self.is_open else nullcontext():
                run_command("cp", *_COPY_OPTIONS, str(self.image), str(copy), seconds=FREEZE_SECONDS)
        run_command("e2fsck", "-p", str(copy), good=_FSCK_GOOD)

    @contextmanager
    def _lock(self, how: int) -> Iterator[None]:
        """Shared by those that open and close the folder's disks; a copy needs it for itself."""
        with flocked(self.folder, how):
            yield

    def _make(self, limit: DiskLimit) -> None:
        with self._complete_file() as image:
            format_image(image, limit, *_JOURNAL)

    @contextmanager
    def _complete_file(self) -> Iterator[Path]:
        """A file that takes the disk's place when the block is left, unless by an error."""
        self._half_made.unlink(missing_ok=True)
        try:
            yield self._half_made
            with self._half_made.open("rb") as file:
                os.fsync(file.fileno())
            self._half_made.rename(self.image)
        finally:
            self._half_made.unlink(missing_ok=True)

    def _is_attached(self) -> bool:
        # Unmounted here, and held by a mount elsewhere: mount(8) then joins that; a check would harm it.
        return bool(run_command("losetup", "--noheadings", "--associated", str(self.image)).strip())

    def _check(self) -> None:
        try:
            run_command("e2fsck", "-p", str(self.image), good=_FSCK_GOOD)
        except LoopDiskUnavailable as error:
            raise WorkspaceUnavailable(
                f"The disk {self.image} needs a hand; copy it, then run: e2fsck {self.image}. {error}"
            ) from error

    def _grow(self, limit: DiskLimit) -> None:
        """In a copy: resize2fs has no journal. Where there is no room for that, the disk stays as it is."""
        if self.image.stat().st_size >= limit.bytes:
            return
        try:
            with self._complete_file() as image:
                run_command("cp", "--sparse=always", "--preserve=mode", str(self.image), str(image))
                os.truncate(image, limit.bytes)
                run_command("e2fsck", "-f", "-p", str(image), good=_FSCK_GOOD)
                run_command("resize2fs", str(image))
        except (LoopDiskUnavailable, OSError) as error:
            log.warning("The disk %s could not grow to %s bytes: %s", self.image, limit.bytes, error)


def list_open_workspaces(folder: Path) -> list[WorkspaceDisk]:
    """Those of `folder` that are mounted."""
    if not folder.is_dir():
        return []
    return [WorkspaceDisk(folder, entry.name) for entry in sorted(folder.iterdir()) if entry.is_mount()]


def list_half_made_workspaces(folder: Path) -> list[WorkspaceDisk]:
    """Those of `folder` that are being made or grown, or were when a crash came."""
    suffix = f"{IMAGE_SUFFIX}{_HALF_MADE}"
    return [WorkspaceDisk(folder, file.name.removesuffix(suffix)) for file in folder.glob(f"*{suffix}")]
