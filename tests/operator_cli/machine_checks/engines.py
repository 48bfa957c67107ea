"""What engines of other kinds of machine say of themselves, as far as we read it."""

from __future__ import annotations

from typing import Any

from operator_cli.machine_checks.engine_facts import EngineFacts

LOCAL = "unix:///var/run/docker.sock"
SECCOMP = "name=seccomp,profile=builtin"
_OVERLAY2 = [["Backing Filesystem", "extfs"], ["Supports d_type", "true"], ["Native Overlay Diff", "true"]]


def make_engine(
    version: str = "28.1.1", address: str = LOCAL, components: tuple[str, ...] = ("Engine",), **info: Any
) -> EngineFacts:
    """A Docker engine as Docker's packages install it on Debian 12, but for what is given."""
    usual = {
        "Driver": "overlay2",
        "DriverStatus": _OVERLAY2,
        "KernelVersion": "6.1.0-34-amd64",
        "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
        "DockerRootDir": "/var/lib/docker",
        "SecurityOptions": ["name=apparmor", SECCOMP, "name=cgroupns"],
        "Runtimes": {"runc": {"path": "runc"}, "io.containerd.runc.v2": {"path": "runc"}},
        "DefaultRuntime": "runc",
        "LiveRestoreEnabled": False,
        "CgroupVersion": "2",
        "MemoryLimit": True,
        "PidsLimit": True,
        "CpuCfsQuota": True,
        "SwapLimit": True,
    }
    answer = {"Version": version, "Components": [{"Name": name, "Version": version} for name in components]}
    return EngineFacts(address, usual | info, answer)


DEBIAN_12 = make_engine("20.10.24+dfsg1", SecurityOptions=["name=seccomp,profile=default"], CgroupVersion="1")
PODMAN = make_engine(
    "4.3.1",
    "unix:///run/podman/podman.sock",
    ("Podman Engine", "Conmon", "OCI Runtime (crun)"),
    Driver="overlay",
)
ROOTLESS = make_engine(
    "27.5.1",
    "unix:///run/user/1000/docker.sock",
    SecurityOptions=[SECCOMP, "name=rootless", "name=cgroupns"],
    DockerRootDir="/home/teacher/.local/share/docker",
)
REMAPPED = make_engine(
    SecurityOptions=[SECCOMP, "name=userns", "name=cgroupns"], DockerRootDir="/var/lib/docker/231072.231072"
)
DOCKER_29 = make_engine(
    "29.0.1",
    Driver="overlayfs",
    DriverStatus=[["driver-type", "io.containerd.snapshotter.v1"]],
    LiveRestoreEnabled=True,
)
FEDORA = make_engine(SecurityOptions=[SECCOMP, "name=selinux", "name=cgroupns"])
DOCKER_DESKTOP = make_engine(KernelVersion="6.10.14-linuxkit", OperatingSystem="Docker Desktop")
