"""Where a workspace comes into a session that was started before anybody knew whose it would be.

The session has, as its workspace, an empty folder of this machine that nobody in it may write to. What is
mounted on that folder later, the kernel mounts in the session and in its inner engine as well, because the
folder lies in a shared mount and the session's bind of it is its slave (mount_namespaces(7)). So a workspace
is there at once, however large.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .docker_rendering import WORKSPACE_MOUNT_POINT, HostFolder
from .flock import flocked, try_flocked
from .labels import is_session_key
from .loop_disk import run_command
from .mount_table import list_mounts

ENTRANCES = "session-entrances"
"""Folder in the state folder, a mount of its own while any session uses it."""


@dataclass(frozen=True)
class WorkspaceEntrance:
    """Of the session `key`; `folder` is the state folder. Raises `LoopDiskUnavailable` and `OSError`."""

    folder: Path
    key: str

    @property
    def path(self) -> Path:
        """The empty folder."""
        return self.folder / ENTRANCES / self.key

    def make(self) -> HostFolder:
        """Make it, and return it as a mount for the session's container."""
        _share(self.folder / ENTRANCES)
        self.path.mkdir(mode=0o755)
        return HostFolder(WORKSPACE_MOUNT_POINT, str(self.path), takes_mounts=True)

    @contextmanager
    def try_lock(self) -> Iterator[bool]:
        """Be the only one who decides whose the session is; yields False, at once, where somebody else does.

        Raises `FileNotFoundError` where there is no entrance.
        """
        with try_flocked(self.path) as is_ours:
            yield is_ours

    def admit(self, workspace: Path) -> None:
        """Let this folder be the session's workspace from now on."""
        run_command("mount", "--bind", str(workspace), str(self.path))

    def remove(self) -> None:
        """Take the workspace out, and the folder away, as far as it is there."""
        for _ in list_mounts(self.path):
            run_command("umount", str(self.path))
        with suppress(FileNotFoundError):
            self.path.rmdir()


def list_entrances(folder: Path) -> set[str]:
    """Keys of the sessions that have one."""
    entrances = folder / ENTRANCES
    return set(filter(is_session_key, os.listdir(entrances))) if entrances.is_dir() else set()


def close_entrances(folder: Path) -> None:
    """Unmount the folder of entrances, once it is empty."""
    entrances = folder / ENTRANCES
    if entrances.is_dir() and not list_entrances(folder):
        for _ in list_mounts(entrances):
            run_command("umount", str(entrances))


def _share(entrances: Path) -> None:
    entrances.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Of the folder above: this one is about to be covered.
    with flocked(entrances.parent, fcntl.LOCK_EX):
        mounts = list_mounts(entrances)
        if not mounts:
            run_command("mount", "--bind", str(entrances), str(entrances))
            # Where this machine's mounts are shared, a bind is one with what it is a bind of: what is mounted
            # in it would be mounted below it, a second time.
            run_command("mount", "--make-private", str(entrances))
        if not any(mount.is_shared for mount in mounts[-1:]):
            run_command("mount", "--make-shared", str(entrances))
