"""One internal /29 network a session, alone on its bridge, whose name tells the firewall what it may reach.

The engine is the allocator: it refuses a subnet that overlaps another, so two starts at once can never be
given the same one.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.types import IPAMConfig, IPAMPool

from .bridge_names import new_bridge_name
from .docker_engine import engine_errors
from .errors import NetworksExhausted
from .host_interfaces import disable_ipv6
from .labels import CREATED, INSTANCE, ROLE, Role, label_filters
from .session_policy import Egress

log = logging.getLogger(__name__)

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


def remove_orphan_networks(
    engine: docker.APIClient, *, instance: str, made_before: datetime | None = None
) -> list[str]:
    """Remove the sessions' networks of `instance` that no container is on, running or not; their names.

    A session that starts has a network before it has a container: where one may, `made_before` is when the
    first of them can have begun, and younger networks stay. Raises `EngineUnavailable`.
    """
    removed = []
    with engine_errors():
        # In this order, a container that is made in the meantime is seen on its network.
        networks = engine.networks(filters=label_filters(instance, Role.SESSION))
        in_use = set(_networks_in_use(engine.containers(all=True)))
        for network in networks:
            if network["Name"] in in_use or not _is_older(network, made_before):
                continue
            with contextlib.suppress(APIError):  # gone already, or in use after all
                engine.remove_network(network["Id"])
                removed.append(network["Name"])
    return removed


@cache
def remove_orphan_networks_once(engine: docker.APIClient, *, instance: str, made_before: datetime) -> None:
    """What `remove_orphan_networks` does, at the first call of a process; one that failed does not count."""
    for name in remove_orphan_networks(engine, instance=instance, made_before=made_before):
        log.warning("The network %s was left behind by a crash; it is removed", name)


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


def _networks_in_use(containers: Iterable[dict[str, Any]]) -> Iterator[str]:
    for container in containers:
        yield from container["NetworkSettings"]["Networks"]


def _is_older(network: dict[str, Any], moment: datetime | None) -> bool:
    # The label has whole seconds, rounded down.
    created = datetime.fromisoformat(network["Labels"][CREATED])
    return moment is None or created < moment.replace(microsecond=0)
