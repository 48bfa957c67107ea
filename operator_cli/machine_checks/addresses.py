"""The addresses of sessions' networks: whether this machine's own network has them in use."""

from __future__ import annotations

import ipaddress
import shutil
from contextlib import closing
from dataclasses import dataclass

from spawner.session_network import list_subnets

from ..address_block import Route, find_conflicts, read_routes, suggest_block
from ..engine import find_engine
from .check import Check, Finding, Group, NotLookedAt, failed, passed
from .machine import Machine


@dataclass(frozen=True)
class Addresses:
    """Readings."""

    block: ipaddress.IPv4Network
    conflicts: tuple[Route, ...] = ()
    """Routes into the block that are not the engine's own."""
    free_block: str = ""


def judge_addresses(seen: Addresses) -> Finding:
    """One route is enough: sessions would hide a part of what it leads to."""
    if not seen.conflicts:
        return passed(f"no route but the engine's leads to {seen.block}")
    routes = ", ".join(f"{route.addresses} by {route.interface}" for route in seen.conflicts)
    return failed(
        f"sessions are given addresses of {seen.block}, and this machine has a route to {routes}",
        f"export CONTAINRLAB_SESSION_NETWORKS={seen.free_block}",
    )


def _look(machine: Machine) -> Finding:
    machine.local_engine()
    if shutil.which("ip") is None:
        raise NotLookedAt("there is no ip", "apt-get update && apt-get install iproute2")
    block, routes = machine.settings.session_networks, read_routes()
    with closing(find_engine()) as engine:
        conflicts = find_conflicts(block, routes, list_subnets(engine))
    return judge_addresses(Addresses(block, tuple(conflicts), suggest_block(block, routes)))


ADDRESSES = Check(
    "addresses",
    Group.NETWORK,
    "Each session has a network of its own, whose addresses nobody else on this machine's network may have.",
    _look,
)
