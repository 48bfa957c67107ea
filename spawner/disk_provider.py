"""What bounds the disk of sessions and judge sandboxes on this machine, and how it is chosen.

Two things are bounded: the inner engine's data, which goes with its session, and the learner's workspace,
which never does. From the strongest bound to none:

- ``loop``: a file with an ext4 of its own (`loop_disk`). Needs root, loop devices and e2fsprogs.
- ``xfs``: the local driver's ``size`` option, where the engine's volumes lie on XFS with project quota. It is
  weaker: moby bounds bytes but not files, and the kernel lets the owner of a file move it to another project
  (``FS_IOC_FSSETXATTR``, and ``file_setattr`` since Linux 6.17). Our seccomp profile refuses the first, and
  the second where the engine's libseccomp knows it.
- ``tmpfs``: the inner engine's data in the session's memory; the workspace is not bounded.
- ``none``: nothing is bounded.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import docker
from docker.errors import APIError

from .docker_engine import engine_errors
from .docker_rendering import LEARNER_UID, HostFolder, MemoryFolder, Mount, Volume
from .errors import DiskProviderUnavailable, LoopDiskUnavailable
from .loop_disk import LoopDisk, list_loop_disks
from .session_policy import MEBIBYTE, DiskLimit

TMPFS_KERNEL = (6, 6)
"""The first Linux whose tmpfs has user.* attributes (2daf18a7884d), for a rootless engine's overlay."""

log = logging.getLogger(__name__)

_lock = threading.Lock()
_chosen: dict[tuple[str, Path], DiskProvider] = {}


class DiskProviderName(StrEnum):
    """What `choose_disk_provider` may be asked for."""

    AUTO = "auto"
    LOOP = "loop"
    XFS = "xfs"
    TMPFS = "tmpfs"
    NONE = "none"


class DiskProvider(Protocol):
    """One way to bound disks."""

    @property
    def name(self) -> DiskProviderName:
        """What it is chosen by."""

    def check(self, engine: docker.APIClient) -> None:
        """Raises `DiskProviderUnavailable`, with the reason, where this machine cannot do it."""

    def make_scratch(
        self, name: str, limit: DiskLimit, labels: dict[str, str], targets: Mapping[str, str]
    ) -> list[Mount]:
        """Mounts for `targets` (where they are mounted, by a short name) that go with the container `name`.

        The engine removes what it made itself; `remove_scratch` does the rest.
        """


@dataclass(frozen=True)
class LoopDisks:
    """Loop disks in `folder`; all targets share one."""

    folder: Path
    name: DiskProviderName = DiskProviderName.LOOP

    def check(self, engine: docker.APIClient) -> None:
        if not engine.base_url.startswith("http+docker://"):
            raise DiskProviderUnavailable("the engine is on another machine")
        trial = LoopDisk(self.folder, f"trial-{os.getpid()}")
        try:
            trial.remove()  # of a killed process with the same number
            trial.create(DiskLimit.of_mebibytes(4), owner=LEARNER_UID, subfolders=[])
            trial.remove()
        except (LoopDiskUnavailable, OSError) as error:
            raise DiskProviderUnavailable(str(error)) from error

    def make_scratch(
        self, name: str, limit: DiskLimit, labels: dict[str, str], targets: Mapping[str, str]
    ) -> list[Mount]:
        disk = LoopDisk(self.folder, name)
        disk.remove()  # what a crash left
        disk.create(limit, owner=LEARNER_UID, subfolders=targets)
        return [HostFolder(target, str(disk.mount_point / short)) for short, target in targets.items()]


@dataclass(frozen=True)
class XfsVolumes:
    """Volumes with project quota; each target has the whole limit."""

    name: DiskProviderName = DiskProviderName.XFS

    def check(self, engine: docker.APIClient) -> None:
        trial = f"containrlab-trial-{secrets.token_hex(4)}"
        try:
            with engine_errors():
                engine.create_volume(trial, driver_opts=size_option(DiskLimit(MEBIBYTE, 0)))
                engine.remove_volume(trial)
        except APIError as error:
            raise DiskProviderUnavailable(str(error.explanation)) from error

    def make_scratch(
        self, name: str, limit: DiskLimit, labels: dict[str, str], targets: Mapping[str, str]
    ) -> list[Mount]:
        # Nameless: moby forgets to bound a volume whose name was in use before (moby/moby#43891).
        return [Volume(target, labels, options=size_option(limit)) for target in targets.values()]


@dataclass(frozen=True)
class MemoryDisks:
    """Folders in the session's own memory."""

    name: DiskProviderName = DiskProviderName.TMPFS

    def check(self, engine: docker.APIClient) -> None:
        with engine_errors():
            kernel = str(engine.version()["KernelVersion"])
        if tuple(int(number) for number in re.findall(r"\d+", kernel)[:2]) < TMPFS_KERNEL:
            raise DiskProviderUnavailable(f"a rootless engine on tmpfs needs Linux 6.6, this is {kernel}")

    def make_scratch(
        self, name: str, limit: DiskLimit, labels: dict[str, str], targets: Mapping[str, str]
    ) -> list[Mount]:
        return [MemoryFolder(target, limit) for target in targets.values()]


@dataclass(frozen=True)
class UnboundedDisks:
    """The engine's plain volumes."""

    name: DiskProviderName = DiskProviderName.NONE

    def check(self, engine: docker.APIClient) -> None:
        """Always possible."""

    def make_scratch(
        self, name: str, limit: DiskLimit, labels: dict[str, str], targets: Mapping[str, str]
    ) -> list[Mount]:
        return [Volume(target, labels) for target in targets.values()]


def choose_disk_provider(engine: docker.APIClient, wanted: DiskProviderName, folder: Path) -> DiskProvider:
    """The provider `wanted`, or with ``auto`` the strongest one that works; loop disks lie in `folder`.

    Says once in the log where disks are not bounded, why, and what would mend it. Raises
    `DiskProviderUnavailable` where one that was asked for by name does not work.
    """
    providers: list[DiskProvider] = [
        LoopDisks(folder),
        XfsVolumes(),
        MemoryDisks(),
        UnboundedDisks(),
    ]
    if wanted is not DiskProviderName.AUTO:
        (provider,) = (one for one in providers if one.name is wanted)
        provider.check(engine)
        return provider
    reasons = []
    for provider in providers:
        try:
            provider.check(engine)
        except DiskProviderUnavailable as error:
            reasons.append(f"{provider.name}: {error}")
            continue
        break
    if provider.name in (DiskProviderName.TMPFS, DiskProviderName.NONE):
        log.warning(
            "Learners' workspaces%s are not bounded on disk: one learner can fill this machine's. Not "
            "possible here: %s. To mend it, run the hub as root on the engine's machine, with loop devices "
            "and e2fsprogs; or put the engine's data on XFS mounted with prjquota.",
            "" if provider.name is DiskProviderName.TMPFS else " and sessions' engines",
            "; ".join(reasons),
        )
    return provider


def shared_disk_provider(engine: docker.APIClient, wanted: str, folder: Path) -> DiskProvider:
    """`choose_disk_provider`, asked once in this process; what it raises is asked again."""
    with _lock:
        if (wanted, folder) not in _chosen:
            _chosen[wanted, folder] = choose_disk_provider(engine, DiskProviderName(wanted), folder)
        return _chosen[wanted, folder]


def remove_scratch(folder: Path, name: str) -> None:
    """Remove what is on this machine of the container `name`, whichever provider made it."""
    LoopDisk(folder, name).remove()


def remove_left_trials(folder: Path) -> list[str]:
    """Remove the disks of `folder` with which a process that was killed had tried whether it can; names."""
    left = []
    for disk in list_loop_disks(folder):
        trial = re.fullmatch(r"trial-(\d+)", disk.name)
        if trial and not Path("/proc", trial[1]).exists():
            disk.remove()
            left.append(disk.name)
    return left


def size_option(limit: DiskLimit) -> dict[str, str]:
    """The local driver's options for a volume of this size."""
    return {"size": str(limit.bytes)}
