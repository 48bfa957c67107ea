"""A fresh sandbox for one attempt: a session's container without Jupyter and without a token.

Made by the session library, so that its hardening is the sessions'. It is driven by ``docker exec`` as uid
1000 with fixed argument lists; nothing that a learner wrote is ever part of a shell's text. Whatever happens
inside the ``with`` block, container, volumes and network are gone after it. Faults of ours are raised as
`SandboxFault`; what keeps a sandbox from starting at all passes as ``spawner.errors``.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import docker
import requests.exceptions
from docker.errors import DockerException, ImageNotFound, NotFound

from hub_config.settings import Settings
from spawner.docker_engine import connect_engine, engine_errors
from spawner.docker_rendering import LEARNER_UID, render_container, session_volumes
from spawner.errors import ImageStoreMissing, SpawnerError
from spawner.host_interfaces import disable_ipv6
from spawner.image_store import find_image_store
from spawner.labels import Role, make_labels
from spawner.session_network import SessionNetwork, create_session_network, remove_session_network
from spawner.session_policy import Egress, SessionPolicy

from .captured_output import CapturedOutput
from .errors import SandboxFault
from .exec_stream import ExecStream
from .submission import pack_files

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
    """A running sandbox; made by `open_sandbox`."""

    def __init__(self, engine: docker.APIClient, container: str) -> None:
        self.container = container
        self._engine = engine

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
        archive = pack_files(files, executables, uid=LEARNER_UID)
        for argv, stdin in (
            (["mkdir", "-p", folder], b""),
            (["tar", "-x", "-f", "-", "-C", folder], archive),
        ):
            run = self.run(argv, timeout_seconds=20, stdin=stdin)
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
        with (
            _faults_of_ours(),
            ExecStream(self._engine, self.container, command, LEARNER_UID, stdin) as stream,
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
        run = self.run(["cat", *_MEMORY_EVENTS], timeout_seconds=10)
        counts = [line.split() for line in run.lines]
        return any(words[0] == "oom_kill" and words[1:] != ["0"] for words in counts if words)

    def _kill(self, pid_file: str) -> None:
        command = ["bash", "-c", _KILL_SCRIPT, pid_file]
        killing = self._engine.exec_create(self.container, command, user=f"{LEARNER_UID}:{LEARNER_UID}")
        # Not waited for: the engine tells of no end before it has handed on all that the flood printed.
        self._engine.exec_start(killing["Id"], detach=True)


@contextmanager
def open_sandbox(
    settings: Settings, egress: Egress, owner: str, *, name: str | None = None
) -> Iterator[Sandbox]:
    """Start a sandbox whose engine answers, and destroy it at the end.

    Raises `SandboxFault`, and of ``spawner.errors`` `EngineUnavailable`, `ImageStoreMissing` and
    `NetworksExhausted` where none can be started.
    """
    name = name or new_sandbox_name(settings)
    engine = connect_engine()
    try:
        image_store = find_image_store(engine)
        try:
            _uninterrupted(lambda: _start(engine, settings, egress, owner, name, image_store))
            sandbox = Sandbox(engine, name)
            sandbox.wait_for_engine()
            yield sandbox
        finally:
            _uninterrupted(lambda: _destroy_or_log(settings, name))
    finally:
        engine.close()


def new_sandbox_name(settings: Settings) -> str:
    """A name that no sandbox has yet; its container and its network have the same."""
    return f"{settings.instance}-sandbox-{secrets.token_hex(6)}"


def destroy_sandbox(settings: Settings, name: str) -> None:
    """Remove a sandbox's container, volumes and network, as far as they are there."""
    engine = connect_engine()
    try:
        with engine_errors(), suppress(NotFound):
            engine.remove_container(name, v=True, force=True)
        remove_session_network(engine, name, instance=settings.instance)
    finally:
        engine.close()


def _start(
    engine: docker.APIClient, settings: Settings, egress: Egress, owner: str, name: str, image_store: str
) -> None:
    labels = make_labels(settings.instance, Role.SANDBOX, owner)
    with _faults_of_ours():
        network = create_session_network(
            engine,
            name=name,
            bridge_prefix=f"{settings.bridge_prefix}j",  # the firewall lets these reach the egress proxy only
            block=settings.session_networks,
            labels=labels,
        )
        config = render_container(
            SessionPolicy(egress=egress),
            image=settings.session_image,
            command=["sleep", "infinity"],
            environment=_environment(settings, egress, network),
            labels=labels,
            network=network,
            volumes=session_volumes(settings.instance, owner, image_store=image_store),
        )
        try:
            engine.create_container_from_config(config, name)  # type: ignore[no-untyped-call]
        except ImageNotFound as error:
            raise ImageStoreMissing(
                f"No image {settings.session_image}; run: containrlab images build"
            ) from error
        engine.start(name)
        disable_ipv6(network.bridge)


def _environment(settings: Settings, egress: Egress, network: SessionNetwork) -> dict[str, str]:
    if egress is Egress.NONE:
        return {}
    return {"CONTAINRLAB_EGRESS_PROXY": f"http://{network.gateway}:{settings.egress_port}"}


def _destroy_or_log(settings: Settings, name: str) -> None:
    try:
        destroy_sandbox(settings, name)
    except (SpawnerError, DockerException, requests.exceptions.RequestException):
        # The verdict stands; what is left carries our labels.
        log.exception("Sandbox %s could not be removed", name)


def _uninterrupted(call: Callable[[], None]) -> None:
    """Let `call` end before an interruption of this thread goes on: nothing is half made or half removed."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(call).result()


@contextmanager
def _faults_of_ours() -> Iterator[None]:
    """Turn what the engine refuses or leaves unanswered into `SandboxFault`."""
    try:
        yield
    except SandboxFault:
        raise
    except (DockerException, requests.exceptions.RequestException, OSError) as error:
        log.warning("Sandbox fault: %s", error)
        raise SandboxFault("The sandbox stopped answering while your folder was judged.") from error
