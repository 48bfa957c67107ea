"""A session policy in the Docker engine's words: the body of ``POST /containers/create``.

Pure, and the only place where the hardening is written for Docker. Two facts shape it: nested containers can
mount their own /proc only if no path of the outer /proc is masked or read-only, so no process of the session
may ever have the host's uid 0 after the entry point's first instant; and ``no-new-privileges`` cannot be set,
because newuidmap's file capabilities need it off.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from .image_store import MOUNT_POINT as IMAGE_STORE_MOUNT_POINT
from .session_network import SessionNetwork
from .session_policy import DiskLimit, SessionPolicy

LEARNER_UID = 1000
ENGINE_DATA_MOUNT_POINT = "/engine"
HOME = "/home/jovyan"
TEMPORARY = "/tmp"  # noqa: S108 - the container's own
RUNTIME_DIR = f"/run/user/{LEARNER_UID}"
SHARES = 128
"""Of the processors' time when all are busy, against the 1024 that other processes of the machine have: a
full class must not keep the hub from answering."""
LOW_SHARES = 16
"""Of what nobody waits for yet."""
UNREACHABLE_RESOLVER = "127.0.0.1"  # names fail at once instead of leaving by the host's resolver
_OWNED_BY_LEARNER = f"uid={LEARNER_UID},gid={LEARNER_UID}"


@dataclass(frozen=True)
class Volume:
    """A volume of the engine, mounted at `target`; no name means one that goes with the container."""

    target: str
    labels: dict[str, str]
    name: str = ""
    read_only: bool = False
    options: dict[str, str] = field(default_factory=dict)
    """Of the local driver; like the labels, the engine takes them when it makes the volume."""

    def render(self) -> dict[str, Any]:
        driver = {"DriverConfig": {"Name": "local", "Options": self.options}} if self.options else {}
        return {
            "Type": "volume",
            "Target": self.target,
            "Source": self.name,
            "ReadOnly": self.read_only,
            "VolumeOptions": {"Labels": self.labels, **driver},
        }


@dataclass(frozen=True)
class HostFolder:
    """A folder of the engine's machine, mounted at `target`."""

    target: str
    path: str
    takes_mounts: bool = False
    """Whether what is mounted on it on the machine later is then seen inside too."""

    def render(self) -> dict[str, Any]:
        propagation = {"BindOptions": {"Propagation": "rslave"}} if self.takes_mounts else {}
        return {
            "Type": "bind",
            "Target": self.target,
            "Source": self.path,
            "ReadOnly": self.takes_mounts,  # what is mounted on it has its own say
            **propagation,
        }


@dataclass(frozen=True)
class MemoryFolder:
    """A folder in memory, which counts as the session's; never more than a third of that."""

    target: str
    limit: DiskLimit

    def render(self, policy: SessionPolicy) -> str:
        size = min(self.limit.bytes, policy.memory_bytes // 3)
        return f"size={size},mode=755,exec,nr_inodes={self.limit.files},{_OWNED_BY_LEARNER}"


Mount = Volume | HostFolder | MemoryFolder
WORKSPACE_MOUNT_POINT = "/workspace"


def image_store_volume(name: str) -> Volume:
    """The lab images, read-only."""
    return Volume(IMAGE_STORE_MOUNT_POINT, {}, name, read_only=True)


def render_container(
    policy: SessionPolicy,
    *,
    image: str,
    command: Sequence[str],
    environment: dict[str, str],
    labels: dict[str, str],
    network: SessionNetwork | None,
    volumes: Sequence[Mount],
    shares: int = SHARES,
    takes_input: bool = False,
) -> dict[str, Any]:
    """Arguments for `docker.APIClient.create_container_from_config`; no network means loopback only.

    What takes input takes it once: who attaches first is the only one.
    """
    return {
        "Image": image,
        "Cmd": list(command),
        "OpenStdin": takes_input,
        "StdinOnce": takes_input,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": labels,
        "Hostname": "containrlab",
        "User": "root",  # for the entry point's first instant only
        "HostConfig": {
            **_limits(policy),
            "CpuShares": shares,
            **_isolation(),
            "Runtime": policy.runtime,
            "Tmpfs": {
                TEMPORARY: f"size={policy.temporary_bytes},mode=1777,exec,nr_inodes=20000",
                HOME: f"size={policy.home_bytes},mode=755,nr_inodes=20000,{_OWNED_BY_LEARNER}",
                RUNTIME_DIR: f"size=16m,mode=700,{_OWNED_BY_LEARNER}",
                **{one.target: one.render(policy) for one in volumes if isinstance(one, MemoryFolder)},
            },
            "Mounts": [one.render() for one in volumes if not isinstance(one, MemoryFolder)],
            "NetworkMode": network.name if network else "none",
            "Dns": [UNREACHABLE_RESOLVER],
        },
        "NetworkingConfig": {"EndpointsConfig": _endpoint(network) if network else {}},
    }


def _endpoint(network: SessionNetwork) -> dict[str, Any]:
    return {network.name: {"IPAMConfig": {"IPv4Address": network.address}}}


def _limits(policy: SessionPolicy) -> dict[str, Any]:
    return {
        "Memory": policy.memory_bytes,
        "MemorySwap": policy.memory_bytes,  # memory and swap together: no swap on top
        "NanoCpus": int(policy.cpus * 1e9),
        "PidsLimit": policy.processes,
        "Ulimits": [
            {"Name": "nofile", "Soft": policy.open_files // 2, "Hard": policy.open_files},
            {"Name": "core", "Soft": 0, "Hard": 0},
        ],
        "LogConfig": {"Type": "json-file", "Config": {"max-size": str(policy.log_bytes), "max-file": "2"}},
    }


def _isolation() -> dict[str, Any]:
    return {
        "Privileged": False,
        "CapDrop": ["ALL"],
        "CapAdd": ["SETUID", "SETGID"],
        "SecurityOpt": [f"seccomp={_seccomp_profile()}", "apparmor=unconfined"],
        "MaskedPaths": [],
        "ReadonlyPaths": [],
        "CgroupnsMode": "private",
        "ReadonlyRootfs": True,
        "Devices": [
            {"PathOnHost": "/dev/net/tun", "PathInContainer": "/dev/net/tun", "CgroupPermissions": "rwm"}
        ],
    }


@cache
def _seccomp_profile() -> str:
    # The engine's API takes the profile's text, not a path.
    profile = json.loads(files("dind_image").joinpath("seccomp.json").read_text(encoding="utf-8"))
    return json.dumps(profile)
