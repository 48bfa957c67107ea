"""JupyterHub's view of a session: a DockerSpawner whose containers are rendered from a `SessionPolicy`."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import docker
from docker.errors import APIError, DockerException, NotFound
from dockerspawner import DockerSpawner
from jupyterhub.spawner import SpawnException
from jupyterhub.utils import maybe_future, url_path_join
from traitlets import Integer, Unicode, default

from .docker_engine import engine_errors, shared_engine
from .docker_rendering import Volume
from .errors import (
    EngineUnavailable,
    LoopDiskUnavailable,
    SessionNotReady,
    SessionRefused,
    SpawnerError,
)
from .labels import Role, make_name
from .pool_members import PoolMembers
from .pool_size import PoolSize
from .prepared_server import tell
from .queued_start import QueuedStart
from .readiness import wait_until_answers
from .session_end import KnownEnd
from .session_limits import SessionLimits
from .session_maker import Session, SessionMaker
from .session_remains import SessionRemains
from .session_storage import find_workspace_folder
from .start_turns import StartTurns
from .warm_pool import WarmPool

ENGINE_THREADS = 16
WARM_SECONDS = 30
"""What a session that was ready may take to answer; then its learner is given a new one."""

_POOL = "containrlab_warm_pool"

Answer = TypeVar("Answer")


class LabSpawner(SessionLimits, PoolSize, KnownEnd, StartTurns, QueuedStart, DockerSpawner):
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

    @default("name_template")
    def _default_name_template(self) -> str:
        return make_name(self.instance, Role.SESSION, "{username}")

    @property
    def maker(self) -> SessionMaker:
        """How this spawner's sessions are made."""
        return SessionMaker(
            folder=Path(self.disks_folder).resolve(),
            instance=self.instance,
            image=self.image,
            policy=self.policy,
            disk_provider=self.disk_provider,
            bridge_prefix=self.bridge_prefix,
            networks=ipaddress.IPv4Network(self.session_networks),
            egress_port=self.egress_port,
            image_store=self.image_store,
        )

    @property
    def pool(self) -> WarmPool:
        """The hub's own: all its users have one dictionary of settings."""
        settings: dict[str, Any] = self.user.settings
        pool: WarmPool = settings.setdefault(_POOL, WarmPool(_in_members))
        return pool

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
            await self._remove_session()
            session = await self._start_session()
        except APIError as error:
            raise _tell_learner(SessionRefused(f"The engine refused {self.object_name}: {error}")) from error
        except SpawnerError as error:
            raise _tell_learner(error) from error
        return session.address, self.port

    def get_env(self) -> dict[str, str]:
        """JupyterHub's environment, and where the session finds the course service."""
        env: dict[str, str] = super().get_env()
        env["CONTAINRLAB_COURSE_URL"] = url_path_join(
            self.hub_connect_url, env["JUPYTERHUB_BASE_URL"], "services/course/"
        )
        if self.course_host:
            env["CONTAINRLAB_COURSE_HOST"] = self.course_host
        return env

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

    async def _start_session(self) -> Session:
        """Take one that is ready, or make one; the workspace is opened meanwhile."""
        workspace = self._open_workspace()
        try:
            if session := await self.pool.claim(self.maker, self.object_name):
                try:
                    await self._in_engine(_admit, self.maker, session, workspace)
                    return await self._become_ready(session, WARM_SECONDS)
                except (SpawnerError, DockerException, OSError) as error:
                    self.log.warning("%s is made anew: %s", self.object_name, error)
                    await self._remove_session()
                    workspace = self._open_workspace()
            async with self.start_turn():
                session = await self._in_engine(
                    self.maker.make, name=lambda _: self.object_name, workspace=lambda _: workspace.result()
                )
                return await self._become_ready(session, self.http_timeout)
        finally:
            with suppress(Exception):  # it was raised where it was waited for
                await asyncio.wrap_future(workspace)  # nothing is mounted after the session's end

    def _open_workspace(self) -> Future[Volume]:
        storage, policy, owner = self.maker.storage, self.policy, self.user.name
        return self.executor.submit(
            lambda: storage.open_workspace(self.client, policy, owner, self.escaped_name)
        )

    async def _become_ready(self, session: Session, seconds: float) -> Session:
        """Tell the session whose it is, and wait for its server."""
        self.object_id = session.id
        self.hub_connect_url = f"http://{session.gateway}:{self.public_port}"
        await self._in_engine(tell, session.id, self.get_env(), self.get_args())
        await self._wait_until_ready(f"http://{session.address}:{self.port}", seconds)
        return session

    async def _remove_session(self) -> None:
        """Remove what there is of the session; the workspace stays."""
        remains = SessionRemains(Path(self.disks_folder).resolve(), self.instance, lambda: self.client)
        try:
            await asyncio.wrap_future(self.executor.submit(remains.end_when_free, self.object_name))
        except LoopDiskUnavailable as error:
            # Where the next session looks for it.
            self.log.warning("The workspace of %s stays mounted: %s", self.object_name, error)

    async def _wait_until_ready(self, url: str, seconds: float) -> None:
        try:
            await wait_until_answers(
                url_path_join(url, self.server.base_url, "api"), seconds, self._require_running
            )
        except TimeoutError as error:
            raise SessionNotReady(
                f"{self.object_name} did not answer within {seconds:g} s; "
                f"its log ends with: {await self._log_tail()}"
            ) from error

    async def _require_running(self) -> None:
        exit_status = await self.poll()
        if exit_status is not None:
            raise SessionNotReady(
                f"{self.object_name} ended at its start ({exit_status}); "
                f"its log ends with: {await self._log_tail()}"
            )

    async def _log_tail(self) -> str:
        try:
            log: bytes = await self.docker("logs", self.object_name, tail=20)
        except NotFound:
            return "(no container)"
        return log.decode(errors="replace")


@cache
def _engine_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(ENGINE_THREADS, thread_name_prefix="engine")


async def _in_members(maker: SessionMaker, function: Callable[[PoolMembers], Answer]) -> Answer:
    def call() -> Answer:
        with engine_errors():
            return function(PoolMembers(shared_engine(), maker))

    return await asyncio.wrap_future(_engine_threads().submit(call))


def _admit(
    engine: docker.APIClient, maker: SessionMaker, session: Session, workspace: Future[Volume]
) -> None:
    folder = find_workspace_folder(engine, workspace.result())
    PoolMembers(engine, maker).admit(session, folder)


def _tell_learner(error: SpawnerError) -> SpawnException:
    return SpawnException(error.learner_message, reason=error.reason, log_message=str(error), status_code=503)
