"""A hub that the bench measures, whichever way it starts servers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import docker

from .container_facts import ContainerFacts
from .hub_client import HubClient


@dataclass(frozen=True)
class BenchHub:
    """A running hub: where it answers, the bench's token there, and how it names containers."""

    engine: docker.APIClient
    port: int
    container_prefix: str
    """Of the containers of learners' servers."""
    pool_prefix: str = ""
    """Of the containers that wait for a learner."""
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def client(self) -> HubClient:
        """Someone who asks it for servers."""
        return HubClient(f"http://127.0.0.1:{self.port}", self.token)

    def facts(self, learner: str) -> ContainerFacts:
        """Of the learner's running server; its name is one that no hub has to escape."""
        return ContainerFacts(self.engine, f"{self.container_prefix}-{learner}")

    def list_pool(self) -> list[str]:
        """Names of the containers that wait for a learner."""
        found = self.engine.containers(filters={"name": [f"^/{self.pool_prefix}-"]})
        return [str(container["Names"][0]).lstrip("/") for container in found]
