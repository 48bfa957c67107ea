"""The judge's hands in a sandbox: commands, with bounded time and output, and files.

A sandbox is driven by ``docker exec`` as uid 1000 with fixed argument lists; nothing that a learner wrote is
ever part of a shell's text. Faults of ours are raised as `SandboxFault`.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import docker
import requests.exceptions
from docker.errors import DockerException

from spawner.docker_rendering import LEARNER_UID
from spawner.exec_stream import ExecStream

from .captured_output import CapturedOutput
from .errors import SandboxFault
from .plain_tar import pack_files
from .sandbox_load import SandboxLoad

log = logging.getLogger(__name__)

SUBMISSION_FOLDER = "/workspace/submission"
ENGINE_START_SECONDS = 20
KEPT_OUTPUT = 64 * 1024
"""Bytes of a command's output that are kept, half from its head and half from its tail."""

ENGINE_LOST = "Cannot connect to the Docker daemon"
"""What the docker client says when the sandbox's engine has gone."""

_GRACE_SECONDS = 15.0  # for the engine to say that a command which was killed inside has ended
# `timeout` makes itself the leader of a process group, whose number is this shell's.
_RUN_SCRIPT = 'echo $$ > "$0"; exec timeout -s KILL "$@"'
_MEMORY_EVENTS = ("/sys/fs/cgroup/memory/memory.oom_control", "/sys/fs/cgroup/memory.events")  # cgroup v1, v2
_PROCESS_EVENTS = ("/sys/fs/cgroup/pids/pids.events", "/sys/fs/cgroup/pids.events")
_UNPACK_SCRIPT = 'mkdir -p "$0" && tar -x -f - -C "$0"'
_KILL_SCRIPT = 'kill -KILL -- "-$(cat "$0")"'


@dataclass(frozen=True)
class Run:
    """How a command in the sandbox ended."""

    exit_code: int
    output: str
    timed_out: bool = False
    truncated: bool = False
    over_limit: bool = False
    seconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0 and not self.over_limit

    @property
    def lines(self) -> list[str]:
        return self.output.splitlines()


class Sandbox:
    """A running sandbox; made and removed by `sandbox_life`."""

    def __init__(self, engine: docker.APIClient, container: str) -> None:
        self.container = container
        self._engine = engine

    def close(self) -> None:
        """Let go of the connection to the engine; the sandbox stays."""
        self._engine.close()

    def wait_for_engine(self) -> None:
        """Return when the sandbox's own engine answers."""
        seconds = ENGINE_START_SECONDS
        run = self.run(["wait-for-engine", str(seconds)], timeout_seconds=seconds + 5)
        if not run.succeeded:
            raise SandboxFault(f"The sandbox's Docker engine did not start within {seconds} s.")

    def write(
        self,
        files: Mapping[str, bytes],
        *,
        folder: str = SUBMISSION_FOLDER,
        executables: frozenset[str] = frozenset(),
    ) -> None:
        """Put plain files under `folder`."""
        # A read-only root refuses put_archive, and that would write as root.
        run = self.run(
            ["bash", "-c", _UNPACK_SCRIPT, folder],
            timeout_seconds=20,
            stdin=pack_files(files, executables, uid=LEARNER_UID),
        )
        if not run.succeeded:
            raise SandboxFault(f"The sandbox did not take the files: {run.output.strip()[:500]}")

    def run(
        self,
        argv: Sequence[str],
        *,
        timeout_seconds: float,
        output_limit: int = KEPT_OUTPUT,
        on_line: Callable[[str], None] | None = None,
        stdin: bytes | None = None,
    ) -> Run:
        """Run a fixed command as uid 1000 and wait for its end.

        It is killed after `timeout_seconds`, and as soon as it has printed more than `output_limit` bytes.
        Standard output and error are one text.
        """
        pid_file = f"/tmp/run-{secrets.token_hex(8)}"  # noqa: S108 - the sandbox's own, which one attempt uses
        command = ["bash", "-c", _RUN_SCRIPT, pid_file, str(timeout_seconds), *argv]
        captured = CapturedOutput(min(output_limit, KEPT_OUTPUT), on_line)
        started = time.monotonic()
        deadline = started + timeout_seconds + _GRACE_SECONDS
        chunks = None if stdin is None else (stdin,)
        with (
            faults_of_ours(),
            ExecStream(self._engine, self.container, command, LEARNER_UID, chunks) as stream,
        ):
            over_limit = False
            for data in stream.read_until(deadline):
                if captured.total <= output_limit:
                    captured.add(data)
                elif not over_limit:
                    over_limit = True
                    self._kill(pid_file)
            exit_code = stream.exit_code()
        captured.end()
        seconds = time.monotonic() - started
        return Run(
            exit_code=exit_code,
            output=captured.text(),
            timed_out=exit_code == 137 and seconds >= timeout_seconds and not over_limit,
            truncated=captured.truncated,
            over_limit=over_limit,
            seconds=seconds,
        )

    def met_memory_limit(self) -> bool:
        """True when the kernel has ended a process of this sandbox for want of memory."""
        return self._has_counted("oom_kill", _MEMORY_EVENTS)

    def met_process_limit(self) -> bool:
        """True when its processes leave no room for a command, or the kernel has ever refused it one more."""
        with faults_of_ours():
            stats = self._engine.stats(self.container, stream=False)
        return SandboxLoad.from_stats(stats).leaves_no_room or self._has_counted("max", _PROCESS_EVENTS)

    def _has_counted(self, event: str, files: Sequence[str]) -> bool:
        """True when the kernel's count of `event` is above zero in one of its `files`."""
        run = self.run(["cat", *files], timeout_seconds=10)
        counts = [line.split() for line in run.lines]
        return any(words[0] == event and words[1:] != ["0"] for words in counts if words)

    def _kill(self, pid_file: str) -> None:
        command = ["bash", "-c", _KILL_SCRIPT, pid_file]
        killing = self._engine.exec_create(self.container, command, user=f"{LEARNER_UID}:{LEARNER_UID}")
        # Not waited for: the engine tells of no end before it has handed on all that the flood printed.
        self._engine.exec_start(killing["Id"], detach=True)


@contextmanager
def faults_of_ours() -> Iterator[None]:
    """Turn what the engine refuses or leaves unanswered into `SandboxFault`."""
    try:
        yield
    except SandboxFault:
        raise
    except (DockerException, requests.exceptions.RequestException, OSError) as error:
        log.warning("Sandbox fault: %s", error)
        raise SandboxFault("The sandbox stopped answering while your folder was judged.") from error
