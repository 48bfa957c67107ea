"""One internal /29 network a session, alone on its bridge, whose name tells the firewall what it may reach.

The engine is the allocator: it refuses a subnet that overlaps another, so two starts at once can never be
given the same one.
"""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import dataclass

import docker
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from .bridge_names import new_bridge_name
from .docker_engine import engine_errors
from .errors import NetworksExhausted
from .host_interfaces import disable_ipv6
from .labels import INSTANCE, ROLE, Role
from .session_policy import Egress

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
    egress: Egress,
    block: ipaddress.IPv4Network,
    labels: dict[str, str],
) -> SessionNetwork:
    """Make the network `name` on a free /29 of `block`; one of that name left by a crash is removed first.

    The role in its labels and `egress` are what the firewall lets it reach, for as long as it lives. Raises
    `NetworksExhausted` and `EngineUnavailable`.
    """
    with engine_errors():
        remove_session_network(engine, name, instance=labels[INSTANCE])
        bridge = new_bridge_name(bridge_prefix, Role(labels[ROLE]), egress)
        taken = list_subnets(engine)
        for subnet in block.subnets(new_prefix=SUBNET_PREFIX_LENGTH):
            if any(subnet.overlaps(other) for other in taken):
                continue
            network = SessionNetwork.in_subnet(name, bridge, subnet)
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


def list_subnets(engine: docker.APIClient) -> list[ipaddress.IPv4Network]:
    """The IPv4 addresses of all networks that the engine has, whoever made them."""
    with engine_errors():
        configs = (config for network in engine.networks() for config in (network["IPAM"]["Config"] or ()))
        subnets = [ipaddress.ip_network(config["Subnet"]) for config in configs if config.get("Subnet")]
    return [subnet for subnet in subnets if isinstance(subnet, ipaddress.IPv4Network)]


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
