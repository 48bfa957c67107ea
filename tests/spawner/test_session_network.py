"""Networks against a real engine: allocated without races, replaced after a crash, removed with care."""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor

import docker
import pytest

from spawner.errors import NetworksExhausted
from spawner.labels import Role, make_labels
from spawner.session_network import (
    SessionNetwork,
    create_session_network,
    remove_session_network,
)
from spawner.session_policy import Egress

BLOCK = ipaddress.IPv4Network("10.214.0.0/26")
CAPACITY = 8

pytestmark = pytest.mark.engine


def test_addresses_of_a_subnet():
    network = SessionNetwork.in_subnet("net", "cl-1", ipaddress.IPv4Network("10.213.0.8/29"))
    assert (network.gateway, network.address) == ("10.213.0.9", "10.213.0.10")


def test_starts_at_once_get_different_networks_until_none_is_left(
    clean_engine: docker.APIClient, instance: str
):
    names = [f"{instance}-{number}" for number in range(20)]

    def start(name: str) -> SessionNetwork | None:
        try:
            return _create(clean_engine, instance, name)
        except NetworksExhausted:
            return None

    try:
        with ThreadPoolExecutor(len(names)) as threads:
            made = [network for network in threads.map(start, names) if network]
        assert len(made) == CAPACITY
        assert len({network.gateway for network in made}) == CAPACITY
        assert len({network.bridge for network in made}) == CAPACITY
    finally:
        with ThreadPoolExecutor(len(names)) as threads:
            list(
                threads.map(lambda name: remove_session_network(clean_engine, name, instance=instance), names)
            )


def test_network_left_by_a_crash_is_replaced(clean_engine: docker.APIClient, instance: str):
    name = f"{instance}-crashed"
    try:
        _create(clean_engine, instance, name)
        _create(clean_engine, instance, name)
        assert len(clean_engine.networks(names=[name])) == 1
    finally:
        remove_session_network(clean_engine, name, instance=instance)


def test_network_has_no_way_out_and_a_bridge_the_firewall_knows(
    clean_engine: docker.APIClient, instance: str
):
    name = f"{instance}-closed"
    try:
        _create(clean_engine, instance, name)
        network = clean_engine.inspect_network(name)
        assert network["Internal"]
        assert not network["EnableIPv6"]
        assert network["Options"]["com.docker.network.bridge.name"].startswith("ctsn-")
    finally:
        remove_session_network(clean_engine, name, instance=instance)


def test_networks_of_others_are_not_removed(engine: docker.APIClient, instance: str):
    name = f"{instance}-theirs"
    engine.create_network(name)
    try:
        remove_session_network(engine, name, instance=instance)
        assert engine.networks(names=[name])
    finally:
        engine.remove_network(name)


def _create(engine: docker.APIClient, instance: str, name: str) -> SessionNetwork:
    return create_session_network(
        engine,
        name=name,
        bridge_prefix="ct",
        egress=Egress.NONE,
        block=BLOCK,
        labels=make_labels(instance, Role.SESSION, "test"),
    )
