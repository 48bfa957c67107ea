"""A whole ContainrLab, started as an operator starts it, for the tests that need one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import psutil
import pytest

from hub_config.settings import Settings
from operator_cli.firewall import remove_firewall
from spawner.labels import Role, label_filters

PASSWORD = "a trial password"
ENGINE_SOCKET = "/var/run/docker.sock"
STOP_SECONDS = 60


@dataclass
class EngineRelay:
    """The course's way to the real engine, which a test can cut as if the engine had died."""

    socket: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.socket.unlink(missing_ok=True)
        relay = ["socat", f"UNIX-LISTEN:{self.socket},fork", f"UNIX-CONNECT:{ENGINE_SOCKET}"]
        self.process = subprocess.Popen(relay, start_new_session=True)

    def cut(self) -> None:
        """Ends the relay and every connection through it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Course:
    """A running `containrlab up` of the test instance."""

    settings: Settings
    environment: dict[str, str]
    password: str
    engine_relay: EngineRelay
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where learners reach the hub."""
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self) -> None:
        """Returns when the hub answers; shows what `up` printed when it does not."""
        self.process = subprocess.Popen(
            [Path(sys.executable).parent / "containrlab", "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        printed = []
        for line in self.process.stdout:
            printed.append(line)
            if self.url in line:
                return
        pytest.fail("containrlab up ended before the hub answered:\n" + "".join(printed), pytrace=False)

    def kill(self) -> None:
        """Ends the command alone, as a crash would: hub and sessions go on."""
        self.process.kill()
        self.process.communicate()

    def leave(self) -> str:
        """Ends hub and command, and leaves the sessions to the next start; what it printed."""
        self.process.send_signal(signal.SIGUSR1)
        told, _ = self.process.communicate(timeout=STOP_SECONDS)
        return told

    def stop(self) -> None:
        """Ends it as Ctrl-C would, and waits until it has cleaned up."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=STOP_SECONDS)
        self.process = None


@contextmanager
def run_course(engine: docker.APIClient, folder: Path, overrides: Mapping[str, str]) -> Iterator[Course]:
    """A course with its state in `folder` and `overrides` of its settings, gone without a trace at the end.

    A course has an instance, a bridge prefix, networks and ports of its own, so that others are left alone:
    `own_settings` gives them.
    """
    folder.mkdir(exist_ok=True)
    relay = EngineRelay(folder / "docker.sock")
    environment = {
        **os.environ,
        "CONTAINRLAB_STATE_DIR": str(folder / "state"),
        "CONTAINRLAB_TRIAL_PASSWORD": PASSWORD,
        "DOCKER_HOST": f"unix://{relay.socket}",
        **overrides,
    }
    course = Course(Settings.from_environment(environment), environment, PASSWORD, relay)
    relay.start()
    try:
        course.start()
        yield course
    finally:
        course.stop()
        relay.cut()
        remove_firewall(course.settings)
        _remove_workspaces(engine, course.settings.instance)


def own_settings(instance: str, *, bridge_prefix: str, networks: str, first_port: int) -> dict[str, str]:
    """Names, networks and the five ports from `first_port` on, and no pool, as environment variables."""
    ports = ("PORT", "HUB_PORT", "PROXY_API_PORT", "COURSE_PORT", "EGRESS_PORT")
    return {
        "CONTAINRLAB_INSTANCE": instance,
        "CONTAINRLAB_BRIDGE_PREFIX": bridge_prefix,
        "CONTAINRLAB_SESSION_NETWORKS": networks,
        "CONTAINRLAB_POOL": "0",  # it would take processor time, and add sessions that no learner has
        **{f"CONTAINRLAB_{name}": str(first_port + place) for place, name in enumerate(ports)},
    }


def course_service_of(state_dir: Path) -> int:
    """The process id of the course service that works in this state folder."""
    (process_id,) = (
        process.pid
        for process in psutil.process_iter(["cmdline", "cwd"])
        if "course_service" in (process.info["cmdline"] or ()) and process.info["cwd"] == str(state_dir)
    )
    return process_id


def _remove_workspaces(engine: docker.APIClient, instance: str) -> None:
    """Workspaces outlive everything else on purpose; those of test learners are the tests' to remove."""
    for volume in engine.volumes(filters=label_filters(instance, Role.WORKSPACE))["Volumes"] or ():
        engine.remove_volume(volume["Name"])
