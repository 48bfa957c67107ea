"""Real sessions: the inner engine, and beside it nothing, as in a judge sandbox, or a given command."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest

from hub_config.settings import load_settings
from spawner.disk_provider import UnboundedDisks
from spawner.docker_rendering import HostFolder, image_store_volume, render_container
from spawner.labels import Role, make_labels, make_name
from spawner.session_network import create_session_network, remove_session_network
from spawner.session_policy import DiskLimit, Egress, SessionPolicy

SESSION_IMAGE = load_settings().session_image


@dataclass(frozen=True)
class Session:
    """A running session, and a way to type in it as its user."""

    engine: docker.APIClient
    name: str
    address: str
    gateway: str

    def run(self, *command: str) -> str:
        """What `command` prints; fails where it does not end with 0."""
        exit_code, output = self.try_run(*command)
        assert exit_code == 0, f"{command} ended with {exit_code}: {output}\n{self.log()}"
        return output

    def try_run(self, *command: str) -> tuple[int, str]:
        """How `command` ends, and what it prints."""
        call = self.engine.exec_create(self.name, list(command), user="1000")
        output = self.engine.exec_start(call["Id"]).decode(errors="replace")
        return self.engine.exec_inspect(call["Id"])["ExitCode"], output

    def log(self) -> str:
        """What the container itself printed."""
        return self.engine.logs(self.name).decode(errors="replace")


@pytest.fixture(scope="module")
def start_session(
    engine: docker.APIClient, image_store: str, instance: str
) -> Iterator[Callable[..., Session]]:
    """Starts sessions by owner's name, and removes them when the module's tests are done.

    Further arguments are the command beside the inner engine, in place of none, and its environment. One that
    takes input is given it by who attaches first, has the image's own command where none is given, and is not
    waited for.
    """
    started = []

    def start(
        owner: str,
        *command: str,
        egress_port: int | None = None,
        takes_input: bool = False,
        workspace: Path | None = None,
        **environment: str,
    ) -> Session:
        name = make_name(instance, Role.SANDBOX, owner)
        labels = make_labels(instance, Role.SANDBOX, owner)
        network = create_session_network(
            engine,
            name=name,
            bridge_prefix="ct",
            egress=Egress.PACKAGES,
            block=ipaddress.IPv4Network("10.214.1.0/24"),
            labels=labels,
        )
        started.append(name)
        disks = {"engine": "/engine"} if workspace else {"engine": "/engine", "workspace": "/workspace"}
        proxy = {"CONTAINRLAB_EGRESS_PROXY": f"http://{network.gateway}:{egress_port}"} if egress_port else {}
        entrance = [HostFolder("/workspace", str(workspace), takes_mounts=True)] if workspace else []
        config = render_container(
            SessionPolicy(),
            image=SESSION_IMAGE,
            command=command or ([] if takes_input else ["sleep", "infinity"]),
            environment={**proxy, **environment},
            labels=labels,
            network=network,
            volumes=[
                *UnboundedDisks().make_scratch(name, DiskLimit(0, 0), labels, disks),
                *entrance,
                image_store_volume(image_store),
            ],
            takes_input=takes_input,
        )
        engine.create_container_from_config(config, name)
        engine.start(name)
        session = Session(engine, name, network.address, network.gateway)
        if not takes_input:
            session.run("wait-for-engine", "30")
        return session

    yield start
    for name in started:
        engine.remove_container(name, v=True, force=True)
        remove_session_network(engine, name, instance=instance)


@pytest.fixture(scope="module")
def session(start_session: Callable[..., Session]) -> Session:
    """One session that a module's tests share."""
    return start_session("learner")
