"""The engine's storage driver, on whose file system each session's own engine stacks its images."""

from __future__ import annotations

from .check import Check, Finding, Group, failed, passed, warned
from .engine_facts import EngineFacts
from .machine import Machine

GOOD_DRIVERS = ("overlay2", "overlayfs")
"""The classic one, and the containerd store's, which is Docker 29's default."""


def judge_storage_driver(engine: EngineFacts) -> Finding:
    """From ``/info``: the driver, and whether its file system can carry an overlay."""
    driver = str(engine.info.get("Driver", "unknown"))
    facts = {str(row[0]): str(row[1]) for row in engine.info.get("DriverStatus") or ()}
    backing = facts.get("Backing Filesystem")
    seen = f"{driver} on {backing}" if backing else driver
    if facts.get("Supports d_type") == "false":
        return failed(
            f"{seen}, which does not keep file types in folders (d_type)",
            f"put {engine.data_root} on ext4, or on xfs made with: mkfs.xfs -n ftype=1",
        )
    if driver in GOOD_DRIVERS:
        return passed(seen)
    return warned(
        f"{seen}; only {' and '.join(GOOD_DRIVERS)} are tested",
        f'put {engine.data_root} on ext4 or xfs; "storage-driver": "overlay2" in /etc/docker/daemon.json',
    )


def _look(machine: Machine) -> Finding:
    return judge_storage_driver(machine.engine())


STORAGE_DRIVER = Check(
    "storage_driver",
    Group.ENGINE,
    "A session's engine lays an overlay over the shared image store, which only some file systems can carry.",
    _look,
)
