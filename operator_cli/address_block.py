"""The block of addresses that sessions' networks are taken from, against what this machine has routes to.

The engine keeps its networks apart, but it does not look at routes when it is told the addresses: a block
that is in use on the operator's own network would silently cut the machine off from a part of it.
"""

from __future__ import annotations

import ipaddress
import json
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import docker

from hub_config.settings import Settings
from spawner.session_network import list_subnets

from .errors import AddressesInUse

PACKAGE = "iproute2"

_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_KINDS_IN_USE = ("unicast", "local")  # not those that say that nothing is there, such as blackhole


@dataclass(frozen=True)
class Route:
    """Addresses that this machine reaches through one of its interfaces, or has there itself."""

    addresses: ipaddress.IPv4Network
    interface: str


def require_free_block(settings: Settings, engine: docker.APIClient) -> None:
    """Raises `AddressesInUse` where a route of this machine leads to addresses of the sessions' block."""
    block = settings.session_networks
    routes = read_routes()
    conflicts = find_conflicts(block, routes, list_subnets(engine))
    if conflicts:
        route = conflicts[0]
        raise AddressesInUse(
            f"The addresses {block} are in use on this machine's network",
            f"there is a route to {route.addresses} by {route.interface}, which sessions would hide",
            f"choose another block: export CONTAINRLAB_SESSION_NETWORKS={suggest_block(block, routes)}",
        )


def read_routes() -> list[Route]:
    """This machine's, of all its routing tables."""
    command = ["ip", "-json", "-4", "route", "show", "table", "all"]
    return parse_routes(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def parse_routes(text: str) -> list[Route]:
    """What ``ip -json route`` printed, less the default route, which leads everywhere."""
    return [
        Route(ipaddress.IPv4Network(entry["dst"]), entry.get("dev", "several interfaces"))
        for entry in json.loads(text)
        if entry["dst"] != "default" and entry.get("type", "unicast") in _KINDS_IN_USE
    ]


def find_conflicts(
    block: ipaddress.IPv4Network, routes: Iterable[Route], engine_subnets: Sequence[ipaddress.IPv4Network]
) -> list[Route]:
    """Routes into `block` other than those to the engine's own networks in it, which it keeps apart."""
    inside = [subnet for subnet in engine_subnets if subnet != block and subnet.subnet_of(block)]
    return [
        route
        for route in routes
        if route.addresses.overlaps(block) and not any(route.addresses.subnet_of(one) for one in inside)
    ]


def suggest_block(block: ipaddress.IPv4Network, routes: Sequence[Route]) -> str:
    """A private block of the same size that no route leads to."""
    for private in _PRIVATE:
        if private.prefixlen > block.prefixlen:
            continue
        for other in private.subnets(new_prefix=block.prefixlen):
            if not any(route.addresses.overlaps(other) for route in routes):
                return str(other)
    return "A.B.C.D/N"
