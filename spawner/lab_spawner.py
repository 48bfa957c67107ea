"""JupyterHub's view of a session: a DockerSpawner whose containers are rendered from a `SessionPolicy`."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import docker
from docker.errors import APIError, NotFound
from dockerspawner import DockerSpawner
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import exponential_backoff, maybe_future, url_path_join
from traitlets import Integer, Unicode, default

from .container_runtime import require_runtime
from .docker_engine import engine_errors, shared_engine
from .docker_rendering import render_container
from .errors import EngineUnavailable, LoopDiskUnavailable, SessionNotReady, SessionRefused, SpawnerError
from .host_interfaces import disable_ipv6
from .labels import Role, make_labels, make_name
from .queued_start import QueuedStart
from .readiness import answers
from .session_end import KnownEnd
from .session_limits import SessionLimits
from .session_network import SessionNetwork, create_session_network
from .session_policy import Egress
from .session_remains import SessionRemains
from .session_storage import SessionStorage
from .start_turns import StartTurns

ENGINE_THREADS = 16
READINESS_POLL_SECONDS = 0.05

Answer = TypeVar("Answer")


class LabSpawner(SessionLimits, KnownEnd, StartTurns, QueuedStart, DockerSpawner):
    """Starts each learner's server in a capped, rootless Docker-in-Docker session on a network of its own."""

    instance = Unicode(
        "containrlab",
        config=True,
        help="""Prefix of the names of what is made in the engine, and value of containrlab.instance there.

        Two hubs on one engine need two instances.""",
    )
    disks_folder = Unicode(
        "state",
        config=True,
        help="""Folder on the engine's machine where disks are kept.

        `workspaces/` in it is learners' work; `session-disks/` goes with the sessions.""",
    )
    session_networks = Unicode(
        "10.213.0.0/16", config=True, help="Block of addresses that each session's /29 network is taken from."
    )
    bridge_prefix = Unicode("cl", config=True, help="Prefix of our bridges' names, which the firewall knows.")
    public_port = Integer(8000, config=True, help="Port on its gateway at which a session reaches the hub.")
    egress_port = Integer(
        8083, config=True, help="Port on its gateway at which a session reaches the egress proxy."
    )
    course_host = Unicode(
        "",
        config=True,
        help="""Host name of the course service at the hub's proxy.

        Empty where all services share the hub's host, that is, without subdomains.""",
    )

    image_store = Unicode(
        "",
        config=True,
        help="""Volume with the lab images that a session starts on, read-only.

        Empty: the newest complete one on the engine, whichever instance made it.""",
    )

    # DockerSpawner's own traits, as a session needs them.
    image = Unicode("containrlab-session:latest", config=True, help="The session image.")
    pull_policy = "skip"
    remove = True
    use_internal_ip = True

    _network: SessionNetwork | None = None

    @default("name_template")
    def _default_name_template(self) -> str:
        return make_name(self.instance, Role.SESSION, "{username}")

    @property
    def _storage(self) -> SessionStorage:
        return SessionStorage(
            folder=Path(self.disks_folder).resolve(),
            instance=self.instance,
            name=self.object_name,
            owner=self.user.name,
            escaped_owner=self.escaped_name,
            image_store=self.image_store,
        )

    @property
    def executor(self) -> ThreadPoolExecutor:
        """DockerSpawner has one thread for all learners: there, one slow stop delays every start."""
        return _engine_threads()

    @property
    def client(self) -> docker.APIClient:
        """One connection pool for all sessions."""
        return shared_engine()

    async def start(self) -> tuple[str, int]:
        """Start the session and return its address, once its server answers.

        Raises JupyterHub's `SpawnException` with a sentence for the learner; the cause goes to the log.
        """
        try:
            async with self.start_turn():
                self._network = await self._prepare_network()
                self.network_name = self._network.name
                self.hub_connect_url = f"http://{self._network.gateway}:{self.public_port}"
                address, port = await super().start()
                await self._wait_until_ready(f"http://{address}:{port}")
        except APIError as error:
            raise _tell_learner(SessionRefused(f"The engine refused {self.object_name}: {error}")) from error
        except SpawnerError as error:
            raise _tell_learner(error) from error
        return address, port

    async def create_object(self) -> dict[str, Any]:
        """Create the container, rendered from the policy."""
        assert self._network is not None  # noqa: S101 - start() made it
        await self._in_engine(require_runtime, self.runtime)
        mounts = await self._in_engine(self._storage.open, self.policy, self.disk_provider)
        config = render_container(
            self.policy,
            image=self.image,
            command=await self.get_command(),
            environment=self.get_env(),
            labels=make_labels(self.instance, Role.SESSION, self.user.name),
            network=self._network,
            volumes=mounts,
        )
        created: dict[str, Any] = await self.docker("create_container_from_config", config, self.object_name)
        return created

    def get_env(self) -> dict[str, str]:
        """JupyterHub's environment, and where the session finds the course service and the egress proxy."""
        env: dict[str, str] = super().get_env()
        assert self._network is not None  # noqa: S101 - start() made it
        env["CONTAINRLAB_COURSE_URL"] = url_path_join(
            self.hub_connect_url, env["JUPYTERHUB_BASE_URL"], "services/course/"
        )
        env["CONTAINRLAB_ENDS_CROWDS"] = "1"
        if self.course_host:
            env["CONTAINRLAB_COURSE_HOST"] = self.course_host
        if self.egress == Egress.PACKAGES:
            env["CONTAINRLAB_EGRESS_PROXY"] = f"http://{self._network.gateway}:{self.egress_port}"
        return env

    async def start_object(self) -> None:
        """Start the container, and keep IPv6 off the interface that it has now."""
        await super().start_object()
        assert self._network is not None  # noqa: S101 - start() made it
        disable_ipv6(self._network.bridge)

    async def stop(self, now: bool = False) -> None:
        """End the session: container, inner engine's data and network go; the workspace stays."""
        self.note_stop()
        await self._remove_session()
        self.clear_state()

    async def run_post_stop_hook(self) -> Any:
        """Also called for a session that ended by itself, whose remains nobody would remove otherwise.

        They go before the place does (`QueuedStart`).
        """
        try:
            await self._remove_session()
        except EngineUnavailable as error:
            self.log.warning("What is left of %s is removed later: %s", self.object_name, error)
        return await maybe_future(super().run_post_stop_hook())

    async def is_running(self) -> bool:
        """As `poll` says it, without its warning: after a stop, no container is as it should be."""
        container = await self.get_object()
        return bool(container and container["State"]["Running"])

    def _docker(self, method: str, *args: Any, **kwargs: Any) -> Any:
        with engine_errors():
            return super()._docker(method, *args, **kwargs)

    async def _in_engine(self, function: Callable[..., Answer], *args: Any, **kwargs: Any) -> Answer:
        """Call one of this folder's functions, which take the engine first, in a thread of its own."""

        def call() -> Answer:
            return function(self.client, *args, **kwargs)

        return await asyncio.wrap_future(self.executor.submit(call))

    async def _prepare_network(self) -> SessionNetwork:
        await self._remove_session()
        return await self._in_engine(
            create_session_network,
            name=self.object_name,
            bridge_prefix=self.bridge_prefix,
            egress=self.policy.egress,
            block=ipaddress.IPv4Network(self.session_networks),
            labels=make_labels(self.instance, Role.SESSION, self.user.name),
        )

    async def _remove_session(self) -> None:
        """Remove what there is of the session; the workspace stays."""
        remains = SessionRemains(Path(self.disks_folder).resolve(), self.instance, lambda: self.client)
        try:
            await asyncio.wrap_future(self.executor.submit(remains.end_when_free, self.object_name))
        except LoopDiskUnavailable as error:
            # Where the next session looks for it.
            self.log.warning("The workspace of %s stays mounted: %s", self.object_name, error)

    async def _wait_until_ready(self, url: str) -> None:
        """Poll the server tightly: the hub's own wait backs off by seconds."""
        check = partial(self._is_ready, url_path_join(url, self.server.base_url, "api"))
        try:
            await exponential_backoff(
                check,
                f"{self.object_name} did not answer within {self.http_timeout} s",
                start_wait=READINESS_POLL_SECONDS,
                scale_factor=1,
                max_wait=READINESS_POLL_SECONDS,
                timeout=self.http_timeout,
            )
        except TimeoutError as error:
            raise SessionNotReady(f"{error}; its log ends with: {await self._log_tail()}") from error

    async def _is_ready(self, url: str) -> bool:
        if await answers(url):
            return True
        exit_status = await self.poll()
        if exit_status is not None:
            raise SessionNotReady(
                f"{self.object_name} ended at its start ({exit_status}); "
                f"its log ends with: {await self._log_tail()}"
            )
        return False

    async def _log_tail(self) -> str:
        try:
            log: bytes = await self.docker("logs", self.object_name, tail=20)
        except NotFound:
            return "(no container)"
        return log.decode(errors="replace")


@cache
def _engine_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(ENGINE_THREADS, thread_name_prefix="engine")


def _tell_learner(error: SpawnerError) -> SpawnException:
    return SpawnException(error.learner_message, reason=error.reason, log_message=str(error), status_code=503)
