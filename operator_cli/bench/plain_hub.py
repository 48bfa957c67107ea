"""The plain way: JupyterHub with DockerSpawner, on a network and with volumes that go at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.docker_rendering import SHARES
from spawner.labels import INSTANCE
from spawner.session_policy import SessionPolicy

from ..errors import HubFailed
from ..hub_process import HUB_PROCESSES, child_path
from ..own_process import OwnProcess, end_processes_of
from ..ports import answers_http, find_free_ports
from ..progress import Progress
from ..waiting import wait_for
from .bench_hub import BenchHub
from .hub_configs import PLAIN, TOKEN

START_SECONDS = 60


@contextmanager
def plain_hub(
    engine: docker.APIClient, settings: Settings, folder: Path, images: list[str], progress: Progress
) -> Iterator[BenchHub]:
    """The hub, answering, with its files in `folder`; a start may ask for one of `images`.

    Raises `HubFailed`.
    """
    name = f"{settings.instance}-bench-plain"
    port, hub_port, proxy_api_port = find_free_ports(3)
    hub = BenchHub(engine, port, container_prefix=name)
    _remove(engine, name)
    try:
        with progress.step("Starting the plain hub"):
            environment = {
                TOKEN: hub.token,
                "PLAIN_NAME": name,
                "PLAIN_PORT": str(port),
                "PLAIN_HUB_PORT": str(hub_port),
                "PLAIN_PROXY_API_PORT": str(proxy_api_port),
                "PLAIN_GATEWAY": _make_network(engine, name),
                "PLAIN_IMAGES": ",".join(images),
                "PLAIN_MEMORY": str(SessionPolicy().memory_bytes),
                "PLAIN_CPUS": str(SessionPolicy().cpus),
                "PLAIN_SHARES": str(SHARES),
            }
            process = _start(folder, port, environment)
        try:
            yield hub
        finally:
            process.end(grace_seconds=START_SECONDS)
            end_processes_of(folder, HUB_PROCESSES)
    finally:
        _remove(engine, name)


def _start(folder: Path, port: int, environment: Mapping[str, str]) -> OwnProcess:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "jupyterhub_config.py"
    config.write_text(PLAIN, encoding="utf-8")
    process = OwnProcess("hub", folder, marker=str(config))
    process.start(
        [sys.executable, "-m", "jupyterhub", "-f", str(config)],
        environment={**os.environ, **environment, "PATH": child_path(os.environ.get("PATH", ""))},
        cwd=folder,
    )
    is_up = wait_for(
        lambda: process.exit_code() is not None or answers_http(port, "/hub/health"), START_SECONDS, 0.1
    )
    if process.exit_code() is not None or not is_up:
        tail = process.log_tail()
        process.end()
        raise HubFailed(
            "The plain hub did not start",
            f"it does not answer on port {port}; the lines above are the end of its log",
            "containrlab doctor says what this machine lacks",
            log_tail=tail,
        )
    return process


def _make_network(engine: docker.APIClient, name: str) -> str:
    """The address at which its containers reach this machine."""
    with engine_errors():
        engine.create_network(name, driver="bridge", labels={INSTANCE: name})
        gateway: str = engine.inspect_network(name)["IPAM"]["Config"][0]["Gateway"]
    return gateway


def _remove(engine: docker.APIClient, name: str) -> None:
    """What an earlier run left too; nothing else begins with this name."""
    with engine_errors():
        for container in engine.containers(all=True, filters={"name": [f"^/{name}-"]}):
            with suppress(NotFound):
                engine.remove_container(container["Id"], v=True, force=True)
        with suppress(NotFound):
            engine.remove_network(name)
        for volume in engine.volumes(filters={"name": f"{name}-"})["Volumes"] or ():
            if volume["Name"].startswith(f"{name}-"):
                with suppress(APIError):
                    engine.remove_volume(volume["Name"])
