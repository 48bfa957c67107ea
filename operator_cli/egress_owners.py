"""Whose an address of the egress log is: asked of the engine, never of the client.

An address is given again to the next session. So the owner of a connection is the network that the engine had
made last when the connection began, and networks that are gone are remembered for as long as a connection may
outlive them.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests.exceptions
from docker.errors import DockerException

from spawner.docker_engine import connect_engine, engine_errors
from spawner.errors import SpawnerError
from spawner.labels import INSTANCE, OWNER, ROLE, SESSION, container_name, session_owner

log = logging.getLogger(__name__)

KEPT_SECONDS = 3 * 3600.0  # longer than the longest connection that squid allows
_FRACTION = re.compile(r"\.\d+")


@dataclass(frozen=True)
class Owner:
    """Whose a connection is; `role` is ``session``, ``sandbox``, or ``operator`` for this machine itself."""

    name: str
    role: str
    network: str | None


THIS_MACHINE = Owner("this machine", "operator", None)


@dataclass(frozen=True)
class _Network:
    id: str
    subnet: ipaddress.IPv4Network
    created: float
    owner: Owner


def list_labelled_networks() -> list[dict[str, Any]]:
    """All networks in the engine of sessions and sandboxes, with their owners among their labels.

    Whose a session is, its container's name says. Raises `EngineUnavailable`.
    """
    with closing(connect_engine()) as engine, engine_errors():
        networks: list[dict[str, Any]] = engine.networks(filters={"label": [ROLE]})
        sessions = engine.containers(all=True, filters={"label": [SESSION]})
    owners = {session["Labels"][SESSION]: _session_owner(session) for session in sessions}
    for network in networks:
        labels = network["Labels"]
        labels.setdefault(OWNER, owners.get(labels.get(SESSION), ""))
    return networks


def _session_owner(container: Mapping[str, Any]) -> str:
    """Nobody, while it waits for a learner."""
    with suppress(ValueError):
        return session_owner(container["Labels"].get(INSTANCE, ""), container_name(container))
    return ""


class NetworkOwners:
    """What is known of the engine's networks; `refresh` it every few seconds."""

    def __init__(
        self,
        list_networks: Callable[[], Iterable[Mapping[str, Any]]] = list_labelled_networks,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._list_networks = list_networks
        self._clock = clock
        self._seen: dict[str, tuple[_Network, float]] = {}
        """By the engine's id: the network, and when it was last there."""
        self._refreshed = 0.0

    def refresh(self, *, older_than: float = 0.0) -> None:
        """Ask the engine, where what is known is so old in seconds; if it does not answer, that stays."""
        now = self._clock()
        if now - self._refreshed < older_than:
            return
        try:
            networks = [network for raw in self._list_networks() for network in _read(raw)]
        except (SpawnerError, DockerException, requests.exceptions.RequestException) as error:
            log.debug("The engine's networks are not known: %s", error)
            return
        for network in networks:
            known = self._seen.get(network.id)
            # A session's container goes before its network does: whose it was stays known.
            self._seen[network.id] = (known[0] if known and not network.owner.name else network, now)
        self._seen = {key: one for key, one in self._seen.items() if now - one[1] < KEPT_SECONDS}
        self._refreshed = now

    def find(self, address: str, began: float) -> Owner | None:
        """Whose `address` was at `began`, in seconds since 1970; None where nobody's."""
        try:
            client = ipaddress.ip_address(address)
        except ValueError:
            return None
        if client.is_loopback:
            return THIS_MACHINE
        if began > self._refreshed:
            self.refresh()  # the address may have been given to somebody else since
        networks = [network for network, _ in self._seen.values() if client in network.subnet]
        there = [network for network in networks if network.created <= began]
        return max(there, key=lambda network: network.created).owner if there else None


def _read(raw: Mapping[str, Any]) -> Iterable[_Network]:
    labels = raw.get("Labels") or {}
    owner = Owner(labels.get(OWNER, ""), labels.get(ROLE, ""), raw["Name"])
    for config in raw["IPAM"]["Config"] or ():
        with suppress(ValueError):
            subnet = ipaddress.IPv4Network(config.get("Subnet", ""))
            yield _Network(raw["Id"], subnet, _seconds(raw["Created"]), owner)


def _seconds(created: str) -> float:
    """The engine's time as seconds; it writes nanoseconds, which Python 3.11 does not read."""
    whole = datetime.fromisoformat(_FRACTION.sub("", created)).astimezone(UTC).timestamp()
    fraction = _FRACTION.search(created)
    return whole + (float(fraction[0]) if fraction else 0.0)
