"""Networks against a real engine: allocated without races, replaced after a crash, removed with care."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import docker
import pytest

from spawner.errors import NetworksExhausted
from spawner.labels import Role, make_labels
from spawner.session_network import (
    SessionNetwork,
    create_session_network,
    remove_orphan_networks,
    remove_orphan_networks_once,
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


def test_network_whose_container_is_gone_is_removed(clean_engine: docker.APIClient, instance: str):
    name = f"{instance}-orphan"
    _create(clean_engine, instance, name)
    assert remove_orphan_networks(clean_engine, instance=instance) == [name]


def test_network_of_a_container_stays_though_it_does_not_run(clean_engine: docker.APIClient, instance: str):
    name = f"{instance}-in-use"
    try:
        _create(clean_engine, instance, name)
        with _container(clean_engine, name):
            assert remove_orphan_networks(clean_engine, instance=instance) == []
    finally:
        remove_session_network(clean_engine, name, instance=instance)


def test_network_of_a_session_that_is_starting_stays(clean_engine: docker.APIClient, instance: str):
    name = f"{instance}-starting"
    began = datetime.now(UTC)
    later = began + timedelta(minutes=1)
    try:
        _create(clean_engine, instance, name)
        assert remove_orphan_networks(clean_engine, instance=instance, made_before=began) == []
        assert remove_orphan_networks(clean_engine, instance=instance, made_before=later) == [name]
    finally:
        remove_session_network(clean_engine, name, instance=instance)


def test_a_hub_looks_for_orphans_at_its_first_start_alone(clean_engine: docker.APIClient, instance: str):
    name = f"{instance}-orphan"
    when = datetime.now(UTC) + timedelta(minutes=1)
    try:
        for left in (0, 1):
            _create(clean_engine, instance, name)
            remove_orphan_networks_once(clean_engine, instance=instance, made_before=when)
            assert len(clean_engine.networks(names=[name])) == left
    finally:
        remove_session_network(clean_engine, name, instance=instance)


def test_orphans_of_another_instance_are_its_own(clean_engine: docker.APIClient, instance: str):
    other = f"{instance}-other"
    name = f"{other}-orphan"
    try:
        _create(clean_engine, other, name)
        assert remove_orphan_networks(clean_engine, instance=instance) == []
    finally:
        remove_session_network(clean_engine, name, instance=other)


@contextmanager
def _container(engine: docker.APIClient, network: str) -> Iterator[None]:
    """A container that was made on the network and never started: the engine alone would let it go."""
    config = {"Image": "debian:trixie-slim", "HostConfig": {"NetworkMode": network}}
    engine.create_container_from_config(config, network)
    try:
        yield
    finally:
        engine.remove_container(network)


def _create(engine: docker.APIClient, instance: str, name: str) -> SessionNetwork:
    return create_session_network(
        engine,
        name=name,
        bridge_prefix="ct",
        egress=Egress.NONE,
        block=BLOCK,
        labels=make_labels(instance, Role.SESSION, "test"),
    )
