"""What a running server's container holds: memory, disk, and whether the engine inside answers.

Read from this machine's kernel and engine: a command in the container would be measured too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker
import requests.exceptions
from docker.errors import DockerException

from spawner.docker_rendering import ENGINE_DATA_MOUNT_POINT, RUNTIME_DIR
from spawner.loop_disk import LoopDisk

MEGABYTE = 1_000_000
_BLOCK_BYTES = 512
"""The unit of st_blocks, whatever the file system's is (stat(2))."""
_CGROUPS = Path("/sys/fs/cgroup")
_ANSWER_SECONDS = 2


class ContainerFacts:
    """Of the running container `name`."""

    def __init__(self, engine: docker.APIClient, name: str) -> None:
        self._engine = engine
        self._name = name
        self._pid = int(engine.inspect_container(name)["State"]["Pid"])

    def engine_answers(self) -> bool:
        """Whether the session's own engine tells its version, as ``docker version`` asks it."""
        socket = f"unix:///proc/{self._pid}/root{RUNTIME_DIR}/docker.sock"
        try:
            docker.APIClient(socket, version="auto", timeout=_ANSWER_SECONDS).close()
        except (DockerException, requests.exceptions.RequestException, OSError):
            return False
        return True

    def memory_mb(self) -> float:
        """What its processes hold and what lies in its memory folders; without what the kernel can drop."""
        text = Path(f"/proc/{self._pid}/cgroup").read_text(encoding="ascii")
        controller, path = memory_cgroup(text)
        stat = _CGROUPS / controller / path.lstrip("/") / "memory.stat"
        return held_bytes(stat.read_text(encoding="ascii")) / MEGABYTE

    def disk_mb(self) -> float:
        """Blocks of its engine's disk, and of what was written into the container itself."""
        facts = self._engine.inspect_container(self._name)
        sizes = self._engine.containers(filters={"name": [f"^/{self._name}$"]}, size=True)
        written = int(sizes[0].get("SizeRw") or 0) if sizes else 0
        return (written + _engine_data_bytes(facts)) / MEGABYTE


def memory_cgroup(text: str) -> tuple[str, str]:
    """Folder below /sys/fs/cgroup, and the path in it, of who has this ``/proc/PID/cgroup``.

    >>> memory_cgroup("4:memory:/docker/1f\\n0::/docker/1f\\n")
    ('memory', '/docker/1f')
    >>> memory_cgroup("0::/system.slice/docker-1f.scope\\n")
    ('', '/system.slice/docker-1f.scope')
    """
    rows = [line.split(":", 2) for line in text.splitlines()]
    for _, controllers, path in rows:
        if "memory" in controllers.split(","):
            return "memory", path
    return "", next(path for number, _, path in rows if number == "0")


def held_bytes(text: str) -> int:
    """Bytes of a ``memory.stat``, of version 1 or 2, that the kernel cannot drop.

    >>> held_bytes("anon 3\\nfile 9\\nshmem 2\\n")
    5
    >>> held_bytes("rss 1\\nshmem 1\\ntotal_rss 3\\ntotal_shmem 2\\n")
    5
    """
    stat = {name: int(value) for name, value in (line.split() for line in text.splitlines())}
    if "anon" in stat:
        return stat["anon"] + stat["shmem"]
    return stat["total_rss"] + stat["total_shmem"]


def _engine_data_bytes(facts: Mapping[str, Any]) -> int:
    for mount in facts["Mounts"]:
        if mount["Destination"] == ENGINE_DATA_MOUNT_POINT:
            source = Path(mount["Source"])
            disk = LoopDisk(source.parent.parent, source.parent.name)
            return _blocks(disk.image) if disk.image.exists() else sum(map(_blocks, source.rglob("*")))
    return 0


def _blocks(path: Path) -> int:
    return path.lstat().st_blocks * _BLOCK_BYTES
