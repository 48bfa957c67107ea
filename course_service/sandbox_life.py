"""How a sandbox comes to be and goes: network, disk and container, made together and removed together.

A sandbox is a session's container without Jupyter and without a token, made by the session library, so that
its hardening is the sessions'. Its name says who keeps it, so that what a crash left can be told from what is
in use by another process. What keeps a sandbox from starting is raised as ``spawner.errors``, a sandbox that
started and does not answer as `SandboxFault`; in both cases nothing is left.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from typing import TypeVar

import docker
import requests.exceptions
from docker.errors import DockerException, ImageNotFound, NotFound

from hub_config.settings import Settings
from spawner.container_runtime import require_runtime
from spawner.disk_provider import remove_scratch, shared_disk_provider
from spawner.docker_engine import connect_engine, engine_errors
from spawner.docker_rendering import (
    ENGINE_DATA_MOUNT_POINT,
    WORKSPACE_MOUNT_POINT,
    image_store_volume,
    render_container,
)
from spawner.errors import ImageStoreMissing, SpawnerError
from spawner.host_interfaces import disable_ipv6
from spawner.image_store import find_image_store
from spawner.labels import Role, label_filters, make_labels
from spawner.loop_disk import list_loop_disks
from spawner.session_network import SessionNetwork, create_session_network, remove_session_network
from spawner.session_policy import DiskLimit, Egress, SessionPolicy

from .sandbox import Sandbox, faults_of_ours

log = logging.getLogger(__name__)

T = TypeVar("T")

DISKS_FOLDER = "sandbox-disks"
_TARGETS = {"workspace": WORKSPACE_MOUNT_POINT, "engine": ENGINE_DATA_MOUNT_POINT}


class Keeper(StrEnum):
    """Which process makes a sandbox, and removes what it left of its own."""

    COURSE = "course"
    OPERATOR = "operator"
    BENCH = "bench"


@contextmanager
def open_sandbox(
    settings: Settings,
    egress: Egress,
    owner: str,
    *,
    name: str | None = None,
    keeper: Keeper = Keeper.OPERATOR,
) -> Iterator[Sandbox]:
    """Start a sandbox whose engine answers, and destroy it at the end, whatever happens."""
    name = name or new_sandbox_name(settings, keeper)
    try:
        with closing(_uninterrupted(lambda: start_sandbox(settings, egress, owner, name))) as sandbox:
            yield sandbox
    finally:
        _uninterrupted(lambda: destroy_or_log(settings, name))


def new_sandbox_name(settings: Settings, keeper: Keeper) -> str:
    """A name that no sandbox has yet; its container, its network and its disk have the same."""
    return f"{_name_prefix(settings, keeper)}{secrets.token_hex(6)}"


def start_sandbox(settings: Settings, egress: Egress, owner: str, name: str) -> Sandbox:
    """Make everything, and return when the sandbox's engine answers. Blocks for a second or two."""
    engine = connect_engine()
    try:
        image_store = find_image_store(engine)
        require_runtime(engine, settings.runtime)
        with faults_of_ours():
            _start_container(engine, settings, egress, owner, name, image_store)
        sandbox = Sandbox(engine, name)
        sandbox.wait_for_engine()
    except BaseException:
        engine.close()
        destroy_or_log(settings, name)
        raise
    return sandbox


def destroy_sandbox(settings: Settings, name: str) -> None:
    """Remove a sandbox's container, volumes, network and disk, as far as they are there."""
    with closing(connect_engine()) as engine:
        with engine_errors(), suppress(NotFound):
            engine.remove_container(name, v=True, force=True)
        remove_session_network(engine, name, instance=settings.instance)
    remove_scratch(settings.state_dir / DISKS_FOLDER, name)


def destroy_or_log(settings: Settings, name: str) -> bool:
    """Destroy it; False, with the reason in the log, where that did not work. The reaper tries again."""
    try:
        destroy_sandbox(settings, name)
    except (SpawnerError, DockerException, requests.exceptions.RequestException, OSError):
        log.exception("Sandbox %s could not be removed", name)
        return False
    return True


def list_sandboxes(settings: Settings, keeper: Keeper) -> set[str]:
    """Names of all of which anything is there: container, network or disk."""
    with closing(connect_engine()) as engine, engine_errors():
        filters = label_filters(settings.instance, Role.SANDBOX)
        names = [one["Names"][0].lstrip("/") for one in engine.containers(all=True, filters=filters)]
        names += [network["Name"] for network in engine.networks(filters=filters)]
    names += [disk.name for disk in list_loop_disks(settings.state_dir / DISKS_FOLDER)]
    return {name for name in names if name.startswith(_name_prefix(settings, keeper))}


def _name_prefix(settings: Settings, keeper: Keeper) -> str:
    return f"{settings.instance}-sandbox-{keeper}-"


def _start_container(
    engine: docker.APIClient, settings: Settings, egress: Egress, owner: str, name: str, image_store: str
) -> None:
    limit = DiskLimit.of_mebibytes(settings.judge_disk_mb)
    policy = SessionPolicy(egress=egress, engine_data=limit, runtime=settings.runtime)
    disks = shared_disk_provider(engine, settings.disk_provider, settings.state_dir / DISKS_FOLDER)
    labels = make_labels(settings.instance, Role.SANDBOX, owner)
    network = create_session_network(
        engine,
        name=name,
        bridge_prefix=settings.bridge_prefix,
        egress=egress,
        block=settings.session_networks,
        labels=labels,
    )
    config = render_container(
        policy,
        image=settings.session_image,
        command=["sleep", "infinity"],
        environment=_environment(settings, egress, network),
        labels=labels,
        network=network,
        volumes=[
            *disks.make_scratch(name, limit, labels, _TARGETS),
            image_store_volume(image_store),
        ],
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


def _uninterrupted(call: Callable[[], T]) -> T:
    """Let `call` end before an interruption of this thread goes on: nothing is half made or half removed."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(call).result()
