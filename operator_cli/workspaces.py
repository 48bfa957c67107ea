"""Every learner's workspace on this machine, and its files as a tar.

A disk is read from a copy, so that nothing of the learner's is mounted or changed; a plain volume of the
engine is read where it lies, file by file.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import docker

from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.errors import SpawnerError
from spawner.labels import OWNER, Role, label_filters, make_name
from spawner.loop_disk import IMAGE_SUFFIX
from spawner.session_storage import WORKSPACES
from spawner.workspace_disk import FOLDER, WorkspaceDisk

from .errors import WorkspaceFailed
from .locks import make_state_dir, state_lock
from .progress import Progress

COPIES = "copies"
_TAR = ("tar", "--create", "--file=-", "--numeric-owner", "--sparse", "--one-file-system")
_TOLD_BYTES = 50 * 10**6
_CHANGED = 1
"""GNU tar's exit code where a file changed while it was read."""
# The copy is mounted where no other process sees it, and is gone with this one, however it ends.
_TAR_OF_DISK = """mount -o loop,ro,nodev,nosuid,noexec "$1" "$2" || exit 3
cd "$2/$3" || exit 3
shift 3
exec "$@" ."""


@dataclass(frozen=True)
class Workspace:
    """What one learner wrote: a disk, or the folder `mountpoint` of the engine's volume `volume`."""

    owner: str
    volume: str
    disk: WorkspaceDisk | None = None
    mountpoint: Path | None = None
    options: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        return "disk" if self.disk else "volume"

    @property
    def place(self) -> Path:
        """Where its files are kept on this machine."""
        return self.disk.image if self.disk else self.mountpoint or Path()

    @property
    def bytes_used(self) -> int:
        """What it takes of this machine's disk; 0 where that cannot be seen."""
        if self.disk:
            return self.disk.image.stat().st_blocks * 512
        answer = subprocess.run(
            ["du", "--summarize", "--block-size=1", str(self.place)],
            capture_output=True,
            text=True,
            check=False,
        )
        return int(answer.stdout.split()[0]) if answer.stdout else 0


def list_workspaces(settings: Settings, engine: docker.APIClient | None) -> list[Workspace]:
    """All of them, by owner; without an engine the disks alone, whose owners are then their files' names."""
    folder = settings.state_dir / WORKSPACES
    disks = {path.name.removesuffix(IMAGE_SUFFIX) for path in folder.glob(f"*{IMAGE_SUFFIX}")}
    found = []
    for volume in _list_volumes(settings, engine):
        owner, name = volume["Labels"][OWNER], volume["Name"]
        short = name.removeprefix(make_name(settings.instance, Role.WORKSPACE, ""))
        options = dict(volume["Options"] or {})
        if short in disks and "device" in options:
            disks.discard(short)
            found.append(Workspace(owner, name, WorkspaceDisk(folder, short)))
        elif "device" not in options:
            place = Path(volume["Mountpoint"])
            found.append(Workspace(owner, name, None, place, tuple(sorted(options.items()))))
    for short in disks:
        volume_name = make_name(settings.instance, Role.WORKSPACE, short)
        found.append(Workspace(short, volume_name, WorkspaceDisk(folder, short)))
    return sorted(found, key=lambda one: one.owner)


@contextmanager
def copying(settings: Settings, progress: Progress) -> Iterator[Path]:
    """A folder for copies, on the state folder's file system; one command at a time has it."""
    with state_lock(settings, COPIES, progress):
        for left in make_state_dir(settings).glob(f"{COPIES}-*"):
            shutil.rmtree(left)  # of a command that was killed
        with tempfile.TemporaryDirectory(prefix=f"{COPIES}-", dir=settings.state_dir) as folder:
            yield Path(folder)


def write_tar(workspace: Workspace, into: IO[bytes], folder: Path, progress: Progress) -> None:
    """Write the workspace's files to `into`; `folder` has room for a copy of its disk.

    Links are written as links and names as they are. Raises `WorkspaceFailed`.
    """
    if workspace.disk is None:
        argv = [*_TAR, f"--directory={workspace.place}", "."]
    else:
        copy, mount_point = folder / "copy.ext4", folder / "mounted"
        with workspace_errors(workspace):
            workspace.disk.copy_to(copy)
        mount_point.mkdir(exist_ok=True)
        shell = ["sh", "-c", _TAR_OF_DISK, "sh", str(copy), str(mount_point), FOLDER]
        argv = ["unshare", "--mount", "--propagation=private", *shell, *_TAR]
    try:
        _stream(argv, into, workspace, progress)
    finally:
        (folder / "copy.ext4").unlink(missing_ok=True)


def _stream(argv: list[str], into: IO[bytes], workspace: Workspace, progress: Progress) -> None:
    with (
        tempfile.TemporaryFile() as said,  # a pipe could fill up while we read the other
        subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=said) as tar,
    ):
        assert tar.stdout  # noqa: S101 - as asked for
        written = told = 0
        try:
            while chunk := tar.stdout.read(2**20):
                into.write(chunk)
                written += len(chunk)
                if written - told >= _TOLD_BYTES:
                    told = written
                    progress.update(f"{workspace.owner}: {written // 10**6} MB")
        except BaseException:
            tar.kill()
            raise
        tar.wait()
        said.seek(0)
        words = said.read(10_000).decode(errors="replace").splitlines()
    if tar.returncode == _CHANGED:
        for line in words:
            progress.warn(f"{workspace.owner}: {line}")
    elif tar.returncode != 0:
        raise _failed(workspace, "; ".join(words) or f"tar ended with {tar.returncode}")


@contextmanager
def workspace_errors(workspace: Workspace) -> Iterator[None]:
    """Turn what the session library raises about a disk into `WorkspaceFailed`."""
    try:
        yield
    except SpawnerError as error:
        raise _failed(workspace, str(error)) from error


def _failed(workspace: Workspace, reason: str) -> WorkspaceFailed:
    return WorkspaceFailed(
        f"The workspace of {workspace.owner} could not be read",
        reason,
        f"see that this machine's disk has room (df {workspace.place.parent}); then run it again",
    )


def _list_volumes(settings: Settings, engine: docker.APIClient | None) -> list[dict[str, Any]]:
    if engine is None:
        return []
    with engine_errors():
        listed = engine.volumes(filters=label_filters(settings.instance, Role.WORKSPACE))
    return list(listed["Volumes"] or ())
