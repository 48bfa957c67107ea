"""Makes sure that a Docker engine answers: the one that is there, or one that we install and start."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import docker
from docker.utils import kwargs_from_env

from hub_config.settings import Settings
from spawner.docker_engine import connect_engine
from spawner.errors import EngineUnavailable

from .errors import EngineMissing, NeedsRoot
from .locks import make_state_dir
from .own_process import OwnProcess
from .packages import Packages, is_root
from .progress import Progress
from .waiting import wait_for

START_SECONDS = 60
_POLL_SECONDS = 0.2
_SYSTEMD = Path("/run/systemd/system")  # there where systemd is the machine's init
_LOCAL_SOCKET = "unix:///var/run/docker.sock"
_PID_FILE = Path("/var/run/docker.pid")


def ensure_engine(settings: Settings, packages: Packages, progress: Progress) -> docker.APIClient:
    """A connection to the engine, which is installed and started where none answers.

    Raises `OperatorError`.
    """
    try:
        return connect_engine()
    except EngineUnavailable as silence:
        _refuse_remote(silence)
    if not is_root():
        raise NeedsRoot("Starting a Docker engine")
    if shutil.which("dockerd") is None:
        packages.install("docker.io", "iptables")
    with progress.step("Starting the Docker engine"):
        return _start_by_systemd() if _SYSTEMD.exists() else start_engine(own_engine(settings))


def find_engine() -> docker.APIClient:
    """A connection to the engine that is there. Raises `EngineMissing`; starts nothing."""
    try:
        return connect_engine()
    except EngineUnavailable as silence:
        _refuse_remote(silence)
        raise EngineMissing(
            "No Docker engine answers", f"nothing answers at {engine_address()}", "containrlab prepare"
        ) from silence


def wait_for_engine() -> bool:
    """Wait until the engine answers, whoever starts it; False where it does not."""
    engine = _wait_until_it_answers(None)
    if engine is not None:
        engine.close()
    return engine is not None


def own_engine(settings: Settings) -> OwnProcess:
    """The engine that we have started, because no systemd does; alive only where there is such a one."""
    return OwnProcess("dockerd", make_state_dir(settings), marker="dockerd")


def start_engine(process: OwnProcess, *, again: bool = False) -> docker.APIClient:
    """Start it so that it outlives this command. Raises `EngineMissing`."""
    _forget_stale_pid()
    process.start(["dockerd", "--host", engine_address()], goes_on=again)
    engine = _wait_until_it_answers(process)
    if engine is None:
        is_alive = process.is_alive()
        process.end()
        raise EngineMissing(
            "The Docker engine did not start",
            f"it did not answer within {START_SECONDS} s"
            if is_alive
            else "it ended at its start; the last lines above are its own words",
            f"see {process.log_file}; containrlab doctor says what this machine lacks (in a container: "
            "use one that may mount)",
            log_tail=process.log_tail(),
        )
    process.leave_running()
    return engine


def engine_address() -> str:
    """Where the engine listens: what ``DOCKER_HOST`` names, or this machine's socket."""
    address: str = kwargs_from_env().get("base_url", _LOCAL_SOCKET)
    return address


def _refuse_remote(silence: EngineUnavailable) -> None:
    address = engine_address()
    if not address.startswith("unix://"):
        raise EngineMissing(
            "No Docker engine answers",
            f"DOCKER_HOST is {address}, where nothing answers",
            "start that engine, or use this machine's: unset DOCKER_HOST",
        ) from silence


def _start_by_systemd() -> docker.APIClient:
    answer = subprocess.run(["systemctl", "start", "docker"], capture_output=True, text=True, check=False)
    engine = _wait_until_it_answers(None) if answer.returncode == 0 else None
    if engine is None:
        log = subprocess.run(
            ["journalctl", "--unit=docker", "--lines=20", "--no-pager", "--output=cat"],
            capture_output=True,
            text=True,
            check=False,
        )
        raise EngineMissing(
            "The Docker engine did not start",
            answer.stderr.strip() or f"it did not answer within {START_SECONDS} s",
            "systemctl status docker",
            log_tail=log.stdout.splitlines(),
        )
    return engine


def _forget_stale_pid() -> None:
    """A machine that went down hard leaves dockerd's pid file, and dockerd will not start while any process
    has that number now (moby's pidfile package looks no further)."""
    if _PID_FILE.exists() and not OwnProcess("dockerd", Path(), "dockerd", pid_file=_PID_FILE).is_alive():
        _PID_FILE.unlink()


def _wait_until_it_answers(process: OwnProcess | None) -> docker.APIClient | None:
    found: list[docker.APIClient] = []

    def is_settled() -> bool:
        try:
            found.append(connect_engine())
        except EngineUnavailable:
            return process is not None and not process.is_alive()
        return True

    wait_for(is_settled, START_SECONDS, _POLL_SECONDS)
    return found[0] if found else None
