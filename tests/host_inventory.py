"""What a sandbox could leave on this machine, told apart from what others make on it at the same time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import docker
import psutil

from hub_config.settings import Settings
from operator_cli.waiting import wait_for
from operator_cli.watching import watching
from spawner.labels import label_filters

DISK = Path("/var/lib")
"""Lies on the disk that the engine and the course write to."""

_SAMPLE_SECONDS = 0.1
_SETTLE_SECONDS = 10.0


@dataclass(frozen=True)
class HostInventory:
    """Counts what carries our instance's name, and what hangs on given containers."""

    engine: docker.APIClient
    settings: Settings
    settle_seconds: float = _SETTLE_SECONDS

    def count(self) -> set[str]:
        """Containers, networks, volumes, children of this process, loop devices and mounts of ours."""
        children = psutil.Process().children(recursive=True)
        return {
            *self.names_in_engine(),
            *(f"process {child.pid}" for child in children),
            *_find_lines(
                "loop device", _loop_files(), [self.settings.instance, str(self.settings.state_dir)]
            ),
            *_find_lines("mount", _mounts(), [self.settings.instance, str(self.settings.state_dir)]),
        }

    def left_behind(self, before: set[str], containers: Iterable[str]) -> list[str]:
        """What is there now and was not before, once it has had the time to go."""
        gone = [container for container in containers if not self._is_running(container)]
        return self._after_settling(lambda: self.count() - before, gone)

    def left_of(self, name: str, container: str) -> list[str]:
        """What is still there of one session or sandbox, once it has had the time to go."""
        return self._after_settling(lambda: {item for item in self.count() if name in item}, [container])

    def names_in_engine(self) -> list[str]:
        """Everything in the engine that carries our instance's label."""
        filters = label_filters(self.settings.instance)
        return [
            *(item["Names"][0] for item in self.engine.containers(all=True, filters=filters)),
            *(item["Name"] for item in self.engine.networks(filters=filters)),
            *(item["Name"] for item in self.engine.volumes(filters=filters)["Volumes"] or ()),
        ]

    def container_id(self, name: str) -> str:
        return str(self.engine.inspect_container(name)["Id"])

    def _after_settling(self, count: Callable[[], set[str]], gone: Iterable[str]) -> list[str]:
        """What `count` finds, and what hangs on containers that have gone."""
        found: set[str] = set()

        def is_clear() -> bool:
            found.clear()
            found.update(count())
            for container in gone:
                found.update(_find_lines("mount", _mounts(), [container]))
                found.update(_processes_of(container))
            return not found

        wait_for(is_clear, self.settle_seconds, _SAMPLE_SECONDS)
        return sorted(found)

    def _is_running(self, container: str) -> bool:
        return bool(self.engine.containers(filters={"id": container}))


@dataclass
class DiskWatch:
    """Samples of the disk's free bytes."""

    before: int = 0
    least: int = 0

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """One that samples while the block runs."""
        free = _free_bytes()
        watch = cls(before=free, least=free)
        with watching("disk", watch.look, _SAMPLE_SECONDS):
            yield watch

    def most_taken(self) -> int:
        return self.before - self.least

    def still_taken(self, margin: int = 256 * 1024**2) -> int:
        """Bytes that are not back, once the file system has had the time to free what was removed."""
        wait_for(lambda: self.before - _free_bytes() < margin, _SETTLE_SECONDS, _SAMPLE_SECONDS)
        return self.before - _free_bytes()

    def look(self) -> None:
        self.least = min(self.least, _free_bytes())


def _free_bytes() -> int:
    return shutil.disk_usage(DISK).free


def _loop_files() -> list[str]:
    files = Path("/sys/block").glob("loop*/loop/backing_file")
    return [_read(file).strip() for file in files]


def _mounts() -> list[str]:
    return [" ".join(line.split()[3:5]) for line in _read(Path("/proc/self/mountinfo")).splitlines()]


def _find_lines(kind: str, lines: Iterable[str], marks: Iterable[str]) -> set[str]:
    return {f"{kind} {line}" for line in lines if any(mark in line for mark in marks)}


def _processes_of(container: str) -> set[str]:
    """Processes in the container's control group, in whatever namespaces they hide."""
    return {
        f"process {file.parent.name} of {container[:12]}"
        for file in Path("/proc").glob("[0-9]*/cgroup")
        if container in _read(file)
    }


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # gone since it was listed
        return ""
