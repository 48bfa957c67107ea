"""Networks against a real engine: allocated without races, replaced after a crash, removed with care."""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor

import docker
import pytest

from spawner.errors import NetworksExhausted
from spawner.labels import Role, make_labels
from spawner.session_network import SessionNetwork, create_session_network, remove_session_network

BLOCK = ipaddress.IPv4Network("10.214.0.0/27")  # room for four

pytestmark = pytest.mark.engine


def test_addresses_of_a_subnet():
    network = SessionNetwork.in_subnet("net", "cl-1", ipaddress.IPv4Network("10.213.0.8/29"))
    assert (network.gateway, network.address) == ("10.213.0.9", "10.213.0.10")


def test_starts_at_once_get_different_networks(clean_engine: docker.APIClient, instance: str):
    names = [f"{instance}-{number}" for number in range(4)]
    try:
        with ThreadPoolExecutor(4) as threads:
            networks = list(threads.map(lambda name: _create(clean_engine, instance, name), names))
        assert len({network.address for network in networks}) == 4
        with pytest.raises(NetworksExhausted):
            _create(clean_engine, instance, f"{instance}-one-too-many")
    finally:
        for name in names:
            remove_session_network(clean_engine, name, instance=instance)


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
        assert network["Options"]["com.docker.network.bridge.name"].startswith("ct-")
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
    labels = make_labels(instance, Role.SESSION, "test")
    return create_session_network(engine, name=name, bridge_prefix="ct", block=BLOCK, labels=labels)
