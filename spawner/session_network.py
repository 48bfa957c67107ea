"""One internal /29 network a session, alone on its bridge.

The engine is the allocator: it refuses a subnet that overlaps another, so two starts at once can never be
given the same one.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from .docker_engine import engine_errors
from .errors import NetworksExhausted
from .host_interfaces import disable_ipv6
from .labels import INSTANCE

SUBNET_PREFIX_LENGTH = 29


@dataclass(frozen=True)
class SessionNetwork:
    """A session's own network; addresses as text."""

    name: str
    bridge: str
    gateway: str
    address: str

    @classmethod
    def in_subnet(cls, name: str, bridge: str, subnet: ipaddress.IPv4Network) -> SessionNetwork:
        """The gateway takes the subnet's first address and the session the second."""
        return cls(name=name, bridge=bridge, gateway=str(subnet[1]), address=str(subnet[2]))


def create_session_network(
    engine: docker.APIClient,
    *,
    name: str,
    bridge_prefix: str,
    block: ipaddress.IPv4Network,
    labels: dict[str, str],
) -> SessionNetwork:
    """Make the network `name` on a free /29 of `block`; one of that name left by a crash is removed first.

    Raises `NetworksExhausted` and `EngineUnavailable`.
    """
    with engine_errors():
        remove_session_network(engine, name, instance=labels[INSTANCE])
        taken = _taken_subnets(engine.networks())
        for subnet in block.subnets(new_prefix=SUBNET_PREFIX_LENGTH):
            if any(subnet.overlaps(other) for other in taken):
                continue
            network = SessionNetwork.in_subnet(name, f"{bridge_prefix}-{secrets.token_hex(4)}", subnet)
            if _try_create(engine, network, subnet, labels):
                disable_ipv6(network.bridge)
                return network
    raise NetworksExhausted(f"No free /{SUBNET_PREFIX_LENGTH} network is left in {block}")


def remove_session_network(engine: docker.APIClient, name: str, *, instance: str) -> None:
    """Remove the network `name` if it is there and ours; nothing may be attached to it any more."""
    with engine_errors():
        for network in engine.networks(names=[name], filters={"label": [f"{INSTANCE}={instance}"]}):
            if network["Name"] != name:  # the engine's name filter matches parts of names
                continue
            with contextlib.suppress(NotFound):
                engine.remove_network(network["Id"])


def _try_create(
    engine: docker.APIClient, network: SessionNetwork, subnet: ipaddress.IPv4Network, labels: dict[str, str]
) -> bool:
    """False where another start took the subnet in the meantime."""
    pool = IPAMPool(subnet=str(subnet), gateway=network.gateway)
    try:
        engine.create_network(
            network.name,
            driver="bridge",
            internal=True,
            check_duplicate=True,
            labels=labels,
            ipam=IPAMConfig(pool_configs=[pool]),
            options={"com.docker.network.bridge.name": network.bridge},
        )
    except APIError as error:
        if "overlap" in str(error).lower():
            return False
        raise
    return True


def _taken_subnets(networks: Iterable[dict[str, Any]]) -> list[ipaddress.IPv4Network]:
    configs = (config for network in networks for config in (network["IPAM"]["Config"] or ()))
    subnets = (ipaddress.ip_network(config["Subnet"]) for config in configs if config.get("Subnet"))
    return [subnet for subnet in subnets if isinstance(subnet, ipaddress.IPv4Network)]
