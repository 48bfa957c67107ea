"""Makes sessions: all that one has on the machine, the same whoever's it is or will be.

A learner's session is made under its name at once, or made ahead and given its name when it is claimed
(`warm_pool`). Both come from here, so they cannot differ in limits, network, labels or in how they go.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException

from .container_runtime import require_runtime
from .docker_engine import engine_errors
from .docker_rendering import SHARES, Mount, Volume, image_store_volume, render_container
from .errors import SpawnerError
from .host_interfaces import disable_ipv6
from .image_store import find_image_store
from .labels import RECIPE, SESSION, container_name, network_name, new_session_key, session_labels
from .session_network import SessionNetwork, create_session_network
from .session_parts import SessionParts
from .session_policy import Egress, SessionPolicy
from .session_storage import SessionStorage

COMMAND = ("/opt/containrlab/prepared-server",)
_NOBODYS_NETWORK = SessionNetwork("network", "bridge", "192.0.2.1", "192.0.2.2")


@dataclass(frozen=True)
class Session:
    """A session's container, running or about to."""

    id: str
    name: str
    key: str
    recipe: str
    gateway: str
    """Where it reaches the hub."""
    address: str
    """Where its server answers."""

    @classmethod
    def of(cls, container: dict[str, Any]) -> Session:
        """From the engine's list of containers."""
        (network,) = container["NetworkSettings"]["Networks"].values()
        return cls(
            id=container["Id"],
            name=container_name(container),
            key=container["Labels"][SESSION],
            recipe=container["Labels"][RECIPE],
            gateway=network["Gateway"],
            address=network["IPAddress"],
        )


@dataclass(frozen=True)
class SessionMaker:
    """What all sessions of a course have in common. Methods raise of `errors`, and docker-py's `APIError`."""

    folder: Path
    instance: str
    image: str
    policy: SessionPolicy
    disk_provider: str
    bridge_prefix: str
    networks: ipaddress.IPv4Network
    egress_port: int
    image_store: str = ""
    """The volume of lab images; empty: the newest complete one."""

    @property
    def storage(self) -> SessionStorage:
        """Where its sessions' disks are."""
        return SessionStorage(self.folder, self.instance, self.disk_provider)

    @property
    def parts(self) -> SessionParts:
        """What its sessions have beside their containers."""
        return SessionParts(self.folder, self.instance)

    def find_recipe(self, engine: docker.APIClient) -> str:
        """A digest of all that a session made now would be made of: of an older one, it differs."""
        with engine_errors():
            image: str = engine.inspect_image(self.image)["Id"]  # type: ignore[no-untyped-call]
        config = self._render(_NOBODYS_NETWORK, [self._image_store(engine)], {}, SHARES)
        what = [config, image, repr(self.policy), self.disk_provider, self.bridge_prefix, str(self.networks)]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]

    def make(
        self,
        engine: docker.APIClient,
        *,
        name: Callable[[str], str],
        workspace: Callable[[str], Mount],
        shares: int = SHARES,
    ) -> Session:
        """Make and start a session; `name` and `workspace` are asked with its key.

        It waits to be told whose it is (`prepared_server`). Where something fails, nothing is left.
        """
        key = new_session_key()
        require_runtime(engine, self.policy.runtime)
        recipe = self.find_recipe(engine)
        with self.parts.changing_sessions():
            try:
                return self._make(engine, key, recipe, name(key), workspace, shares)
            except BaseException:
                with suppress(SpawnerError, DockerException, OSError):  # why it failed is what is told
                    self._undo(engine, key)
                raise

    def _make(
        self,
        engine: docker.APIClient,
        key: str,
        recipe: str,
        name: str,
        workspace: Callable[[str], Mount],
        shares: int,
    ) -> Session:
        labels = session_labels(self.instance, key, recipe)
        network = create_session_network(
            engine,
            name=network_name(self.instance, key),
            bridge_prefix=self.bridge_prefix,
            egress=self.policy.egress,
            block=self.networks,
            labels=labels,
        )
        data = self.storage.make_engine_data(engine, self.policy, key)
        mounts = [workspace(key), *data, self._image_store(engine)]
        config = self._render(network, mounts, labels, shares)
        with engine_errors():
            container: str = engine.create_container_from_config(config, name)["Id"]  # type: ignore[no-untyped-call]
            engine.start(container)
        disable_ipv6(network.bridge)  # and what is plugged into it now
        return Session(container, name, key, recipe, network.gateway, network.address)

    def _render(
        self, network: SessionNetwork, mounts: Sequence[Mount], labels: dict[str, str], shares: int
    ) -> dict[str, Any]:
        return render_container(
            self.policy,
            image=self.image,
            command=COMMAND,
            environment=self._environment(network),
            labels=labels,
            network=network,
            volumes=mounts,
            shares=shares,
            takes_input=True,
        )

    def _image_store(self, engine: docker.APIClient) -> Volume:
        return image_store_volume(self.image_store or find_image_store(engine))

    def _environment(self, network: SessionNetwork) -> dict[str, str]:
        """What no learner's own: that comes to the server alone."""
        environment = {"CONTAINRLAB_ENDS_CROWDS": "1"}
        if self.policy.egress == Egress.PACKAGES:
            environment["CONTAINRLAB_EGRESS_PROXY"] = f"http://{network.gateway}:{self.egress_port}"
        return environment

    def _undo(self, engine: docker.APIClient, key: str) -> None:
        """Remove what was made. What cannot be removed now, the course service does later."""
        with engine_errors():
            for container in engine.containers(all=True, filters={"label": [f"{SESSION}={key}"]}):
                engine.remove_container(container["Id"], v=True, force=True)
        self.parts.remove(engine, key)
