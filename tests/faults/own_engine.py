"""A second Docker engine beside the machine's, for tests that kill it: it shares nothing but the kernel."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import docker
import psutil

from operator_cli.own_process import OwnProcess
from operator_cli.waiting import wait_for

from .borrowed_images import borrow_images, copy_seeder

START_SECONDS = 60
_INTERFACES = Path("/sys/class/net")
_DOCKERD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class OwnEngine:
    """As `containrlab prepare` leaves one behind in `state_dir`, so that `up` looks after it.

    Everything of it lies in `folder`, which has a short name: sockets' paths have at most 107 characters.
    """

    def __init__(self, folder: Path, state_dir: Path, bridge_prefix: str, gateway: str) -> None:
        self.folder = folder
        self.bridge_prefix = bridge_prefix
        self.bridge = f"{bridge_prefix}own"
        self.gateway = gateway
        self.address = f"unix://{folder}/docker.sock"
        self.programs = folder / "bin"
        """To be put first in PATH: its `dockerd` is this engine's."""
        self.process = OwnProcess("dockerd", state_dir, marker="dockerd")

    def start(self, machines: docker.APIClient) -> docker.APIClient:
        """Returns when it answers, with the images that the machine's engine has."""
        self._make_bridge()
        self._write_program()
        borrowed = borrow_images(machines, self.folder / "data")
        self.process.start([str(self.programs / "dockerd"), "--host", self.address])
        assert wait_for(self.answers, START_SECONDS), "\n".join(self.process.log_tail())
        self.process.leave_running()
        client = docker.APIClient(self.address, version="auto")
        if borrowed:
            copy_seeder(machines, client)
        return client

    def answers(self) -> bool:
        """Whether it does."""
        try:
            docker.APIClient(self.address, version="auto", timeout=5).close()
        except docker.errors.DockerException:
            return False
        return True

    def end(self) -> None:
        """End it and its containers, and leave nothing of it, whatever a test has left it in."""
        self.process.end(grace_seconds=START_SECONDS)
        for process in self._orphans():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
        for mount in reversed(mounts):
            if Path(mount).is_relative_to(self.folder):
                subprocess.run(["umount", "--lazy", mount], check=True)
        for interface in _INTERFACES.glob(f"{self.bridge_prefix}*"):
            subprocess.run(["ip", "link", "delete", interface.name], check=True)
        shutil.rmtree(self.folder)

    def _orphans(self) -> list[psutil.Process]:
        """Containers that outlived it: the processes of their shims."""
        shims = [
            process
            for process in psutil.process_iter(["cmdline"])
            if f"{self.folder}/" in " ".join(process.info["cmdline"] or ())
        ]
        return [process for shim in shims for process in (*shim.children(recursive=True), shim)]

    def _make_bridge(self) -> None:
        # An engine without a bridge removes docker0, the machine's.
        for words in (
            f"link add {self.bridge} type bridge",
            f"address add {self.gateway} dev {self.bridge}",
            f"link set {self.bridge} up",
        ):
            subprocess.run(["ip", *words.split()], check=True)

    def _write_program(self) -> None:
        real = shutil.which("dockerd", path=_DOCKERD_PATH)
        assert real, "dockerd is not installed; run: containrlab prepare"
        self.programs.mkdir(exist_ok=True)
        program = self.programs / "dockerd"
        program.write_text(
            f"#!/bin/sh\nexec {real} --data-root {self.folder}/data --exec-root {self.folder}/run "
            f'--pidfile {self.folder}/pid --bridge {self.bridge} --iptables=false --ip6tables=false "$@"\n'
        )
        program.chmod(0o755)
