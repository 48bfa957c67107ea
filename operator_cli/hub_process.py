"""The hub as a child process: started with its state folder as working folder, waited for, and stopped.

A hub that was killed leaves its proxy and its course service behind, on the ports that the next one needs;
they are known by their command line and working folder, and ended first.
"""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from hub_config.settings import ROOT, Settings

from .errors import HubFailed
from .locks import make_state_dir
from .own_process import OwnProcess, end_processes_of
from .progress import Progress
from .waiting import wait_for

CONFIG_FILE = ROOT / "jupyterhub_config.py"
START_SECONDS = 120
COURSE_SECONDS = 30
STOP_SECONDS = 90
"""For stopping every session; what is not stopped by then is removed by label."""

_LEFT_BEHIND = (
    "-m jupyterhub",
    "-m course_service",
    "-m hub_config.idle_culler",
    "configurable-http-proxy --",
)
_POLL_SECONDS = 0.1


def end_leftovers(settings: Settings, progress: Progress) -> None:
    """End what a killed hub of this state folder left running."""
    for command in end_processes_of(make_state_dir(settings), _LEFT_BEHIND):
        progress.say(f"Ended what an earlier hub left running: {command}")


@contextmanager
def running_hub(
    settings: Settings,
    environment: Mapping[str, str],
    progress: Progress,
    config_file: Path = CONFIG_FILE,
) -> Iterator[OwnProcess]:
    """The hub, answering; stopped with its sessions when the block is left. Raises `HubFailed`."""
    folder = make_state_dir(settings)
    hub = OwnProcess("hub", folder, marker=str(config_file))
    try:
        with progress.step("Starting the hub"):
            hub.start(
                [sys.executable, "-m", "jupyterhub", "-f", str(config_file)],
                environment={**environment, "PATH": child_path(environment.get("PATH", ""))},
                cwd=folder,
                umask=0o077,  # the databases, of the course service too, are made with what it leaves
            )
            _wait_until_healthy(hub, settings)
        if not wait_for(lambda: _course_answers(settings), COURSE_SECONDS, _POLL_SECONDS):
            progress.warn(
                f"The course service does not answer yet, so Check will not work; see {hub.log_file}"
            )
        yield hub
    finally:
        if hub.is_alive():
            with progress.step("Stopping the hub and its sessions"):
                hub.end(grace_seconds=STOP_SECONDS)
        end_leftovers(settings, progress)


def child_path(path: str) -> str:
    """PATH of the hub: this environment's programs first, node and configurable-http-proxy among them."""
    return f"{Path(sys.executable).parent}:{path}"


def ended_by_itself(hub: OwnProcess) -> HubFailed:
    """The error for a hub that ended while it should run."""
    return HubFailed(
        "The hub ended by itself",
        f"its exit code is {hub.exit_code()}; the lines above are the end of its log",
        f"see {hub.log_file}, then: make up",
        log_tail=hub.log_tail(),
    )


def _wait_until_healthy(hub: OwnProcess, settings: Settings) -> None:
    def is_settled() -> bool:
        return hub.exit_code() is not None or _hub_answers(settings)

    is_in_time = wait_for(is_settled, START_SECONDS, _POLL_SECONDS)
    if hub.exit_code() is not None:
        raise ended_by_itself(hub)
    if not is_in_time:
        raise HubFailed(
            "The hub did not start",
            f"it does not answer on port {settings.port} after {START_SECONDS} s",
            f"see {hub.log_file}, then: make up",
            log_tail=hub.log_tail(),
        )


def _hub_answers(settings: Settings) -> bool:
    # With a domain for each learner, the proxy routes by the host's name.
    host = urlsplit(settings.public_url).netloc if settings.public_url else f"127.0.0.1:{settings.port}"
    return _answers(settings.port, "/hub/health", host)


def _course_answers(settings: Settings) -> bool:
    # Not through the proxy, where it may have a domain of its own.
    host = f"127.0.0.1:{settings.course_port}"
    return _answers(settings.course_port, "/services/course/health", host)


def _answers(port: int, path: str, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
