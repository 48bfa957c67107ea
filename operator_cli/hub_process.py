"""The hub as a child process: started with its state folder as working folder, kept running, and stopped.

A hub that was killed leaves its proxy and its course service behind, on the ports that the next one needs;
they are known by their command line and working folder, and ended first. Sessions are containers and go on
without a hub, whichever way it ends.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from hub_config.settings import ROOT, Settings

from .errors import HubFailed
from .locks import make_state_dir
from .own_process import OwnProcess, end_processes_of
from .ports import answers_http
from .progress import Progress
from .restarts import Restarts
from .waiting import wait_for

CONFIG_FILE = ROOT / "jupyterhub_config.py"
START_SECONDS = 120
COURSE_SECONDS = 30
STOP_SECONDS = 30
"""For its services and its proxy; sessions go on."""

HUB_PROCESSES = (
    "-m jupyterhub",
    "-m course_service",
    "-m hub_config.idle_culler",
    "configurable-http-proxy --",
)
"""What tells the command lines of a hub and of all that it starts; they have its working folder."""
_POLL_SECONDS = 0.1


def end_leftovers(settings: Settings, progress: Progress) -> None:
    """End what a killed hub of this state folder left running."""
    for command in end_processes_of(make_state_dir(settings), HUB_PROCESSES):
        progress.say(f"Ended what an earlier hub left running: {command}")


class HubProcess:
    """The hub of one state folder; `environment` is what it is started with."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        progress: Progress,
        config_file: Path = CONFIG_FILE,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._progress = progress
        self._config_file = config_file
        self.process = OwnProcess("hub", make_state_dir(settings), marker=str(config_file))

    def start(self, *, again: bool = False) -> None:
        """Returns when it answers. Raises `HubFailed`."""
        with self._progress.step("Starting the hub"):
            self.process.start(
                [sys.executable, "-m", "jupyterhub", "-f", str(self._config_file)],
                environment={**self._environment, "PATH": child_path(self._environment.get("PATH", ""))},
                cwd=make_state_dir(self._settings),
                umask=0o077,  # the databases, of the course service too, are made with what it leaves
                goes_on=again,
            )
            _wait_until_healthy(self.process, self._settings)
        if not wait_for(lambda: _course_answers(self._settings), COURSE_SECONDS, _POLL_SECONDS):
            self._progress.warn(
                f"The course service does not answer yet, so Check will not work; see {self.process.log_file}"
            )

    def keep_running(self, prepare: Callable[[], object]) -> NoReturn:
        """Start it again whenever it ends, after `prepare`. Raises `HubFailed` where that is to no avail."""
        restarts = Restarts()
        while True:
            started = time.monotonic()
            self.process.wait()
            error = ended_by_itself(self.process)
            delay = restarts.delay_seconds(time.monotonic() - started)
            if delay is None:
                raise error
            self._progress.warn(
                f"{error.problem} (exit code {self.process.exit_code()}); it is started again, and sessions "
                "go on meanwhile"
            )
            time.sleep(delay)
            end_leftovers(self._settings, self._progress)
            prepare()
            try:
                self.start(again=True)
            except HubFailed as failure:
                self._progress.warn(f"{failure.problem}; see {self.process.log_file}")
                self.process.end()

    def end(self) -> None:
        """End it with its services and its proxy."""
        if self.process.is_alive():
            with self._progress.step("Stopping the hub"):
                self.process.end(grace_seconds=STOP_SECONDS)
        end_leftovers(self._settings, self._progress)


@contextmanager
def running_hub(
    settings: Settings,
    environment: Mapping[str, str],
    progress: Progress,
    config_file: Path = CONFIG_FILE,
) -> Iterator[HubProcess]:
    """The hub, answering; stopped, and its sessions left, when the block is left. Raises `HubFailed`."""
    hub = HubProcess(settings, environment, progress, config_file)
    try:
        hub.start()
        yield hub
    finally:
        hub.end()


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
    return answers_http(settings.port, "/hub/health", host)


def _course_answers(settings: Settings) -> bool:
    # Not through the proxy, where it may have a domain of its own.
    host = f"127.0.0.1:{settings.course_port}"
    return answers_http(settings.course_port, "/services/course/health", host)
