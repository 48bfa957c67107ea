"""What the Docker engine says of itself: read once, judged by several checks."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import requests.exceptions
from docker.errors import DockerException

from spawner.docker_engine import connect_engine
from spawner.errors import EngineUnavailable

from ..engine import engine_address
from .check import NotLookedAt, needs_root

ANSWER_SECONDS = 5
_SOCKET_SCHEME = "unix://"
_NUMBER = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


class EngineSilent(NotLookedAt):
    """No engine answers; the reason says where and why."""


@dataclass(frozen=True)
class EngineFacts:
    """Answers of ``/info`` and ``/version``, and where they came from."""

    address: str
    info: Mapping[str, Any]
    version: Mapping[str, Any]

    @property
    def number(self) -> tuple[int, ...]:
        """Its version, such as (20, 10, 24); (0, 0, 0) where it gives none that we can read."""
        return version_number(str(self.version.get("Version", "")))

    @property
    def is_podman(self) -> bool:
        """Podman answers Docker's API, and names itself among its components."""
        return any(
            "podman" in str(part.get("Name", "")).lower() for part in self.version.get("Components") or ()
        )

    @property
    def is_local(self) -> bool:
        """By a socket of this machine; another machine's engine, or one in a VM, has another kernel."""
        return (
            self.address.startswith(_SOCKET_SCHEME) and self.info.get("KernelVersion") == os.uname().release
        )

    @property
    def data_root(self) -> str:
        """The folder of images, volumes and containers."""
        return str(self.info.get("DockerRootDir", "/var/lib/docker"))

    def has_option(self, name: str) -> bool:
        """True for a security option, such as ``rootless``, ``userns`` or ``selinux``."""
        options = [str(option) for option in self.info.get("SecurityOptions") or ()]
        return any(f"name={name}" in option.split(",") for option in options)


def read_engine() -> EngineFacts:
    """Ask the engine. Raises `EngineSilent`, or `NotLookedAt` where only root may ask."""
    address = engine_address()
    path = address.removeprefix(_SOCKET_SCHEME)
    if path != address and os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK):
        raise needs_root()
    try:
        with closing(connect_engine(timeout_seconds=ANSWER_SECONDS)) as engine:
            return EngineFacts(address, engine.info(), engine.version(api_version=False))
    except (EngineUnavailable, DockerException, requests.exceptions.RequestException) as error:
        is_late = "timed out" in str(error).lower()
        reason = f"no answer within {ANSWER_SECONDS} s" if is_late else "nothing answers"
        raise EngineSilent(f"{reason} at {address}", "containrlab prepare") from error


def version_number(text: str) -> tuple[int, ...]:
    """The leading numbers of a version.

    >>> version_number("20.10.24+dfsg1"), version_number("6.1-rc3"), version_number("unknown")
    ((20, 10, 24), (6, 1, 0), (0, 0, 0))
    """
    found = _NUMBER.match(text)
    return tuple(int(part or 0) for part in found.groups()) if found else (0, 0, 0)
