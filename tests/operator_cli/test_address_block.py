"""The block of sessions' addresses against this machine's routes: by tables, and with a real interface."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from dataclasses import replace

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.address_block import Route, find_conflicts, parse_routes, require_free_block, suggest_block
from operator_cli.errors import AddressesInUse
from spawner.labels import Role, make_labels
from spawner.session_network import create_session_network, remove_session_network
from spawner.session_policy import Egress

BLOCK = ipaddress.IPv4Network("10.213.0.0/16")


def network(text: str) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(text)


@pytest.mark.parametrize(
    ("route", "engine_subnets", "is_conflict"),
    [
        pytest.param("192.168.1.0/24", [], False, id="elsewhere"),
        pytest.param("10.213.4.0/24", [], True, id="a part of the block"),
        pytest.param("10.213.7.1", [], True, id="an address of this machine"),
        pytest.param("10.0.0.0/8", [], True, id="more than the block"),
        pytest.param("10.213.0.0/29", ["10.213.0.0/29"], False, id="a session's network"),
        pytest.param("10.213.0.1", ["10.213.0.0/29"], False, id="a session's gateway"),
        pytest.param("10.213.0.0/16", ["10.213.0.0/16"], True, id="a network of the engine's over all of it"),
        pytest.param("10.213.0.0/24", ["10.213.0.0/29"], True, id="more than a session's network"),
    ],
)
def test_routes_into_the_block(route: str, engine_subnets: list[str], is_conflict: bool):
    routes = [Route(network(route), "eth1")]
    assert find_conflicts(BLOCK, routes, [network(one) for one in engine_subnets]) == routes * is_conflict


def test_routes_that_lead_somewhere_are_read():
    entries = [
        {"dst": "default", "gateway": "192.0.2.1", "dev": "eth0"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"type": "local", "dst": "192.0.2.2", "dev": "eth0", "table": "local"},
        {"type": "broadcast", "dst": "192.0.2.255", "dev": "eth0", "table": "local"},
        {"type": "blackhole", "dst": "10.0.0.0/8"},
        {"dst": "10.9.0.0/16", "nexthops": [{"dev": "eth0"}, {"dev": "eth1"}]},
    ]
    assert parse_routes(json.dumps(entries)) == [
        Route(network("192.0.2.0/24"), "eth0"),
        Route(network("192.0.2.2/32"), "eth0"),
        Route(network("10.9.0.0/16"), "several interfaces"),
    ]


@pytest.mark.parametrize(
    ("block", "routes", "suggested"),
    [
        ("10.213.0.0/16", ["10.0.0.0/16", "10.213.0.0/16"], "10.1.0.0/16"),
        ("10.213.0.0/16", ["10.0.0.0/8", "172.16.0.0/12"], "192.168.0.0/16"),
        ("10.213.0.0/20", ["10.0.0.0/8"], "172.16.0.0/20"),
    ],
)
def test_suggested_block_is_free(block: str, routes: list[str], suggested: str):
    assert suggest_block(network(block), [Route(network(route), "eth1") for route in routes]) == suggested


@pytest.mark.engine
def test_block_in_use_is_refused_with_the_route_and_the_setting(engine: docker.APIClient, settings: Settings):
    subprocess.run(["ip", "link", "add", "cqlan0", "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "address", "add", "198.18.7.1/24", "dev", "cqlan0"], check=True)
        subprocess.run(["ip", "link", "set", "cqlan0", "up"], check=True)
        with pytest.raises(AddressesInUse) as caught:
            require_free_block(replace(settings, session_networks=network("198.18.0.0/16")), engine)
    finally:
        subprocess.run(["ip", "link", "delete", "cqlan0"], check=True)
    assert caught.value.reason.startswith("there is a route to 198.18.7.")
    assert "by cqlan0" in caught.value.reason
    assert "export CONTAINRLAB_SESSION_NETWORKS=10." in caught.value.remedy


@pytest.mark.engine
def test_block_with_sessions_of_ours_is_free(clean_engine: docker.APIClient, settings: Settings):
    name = f"{settings.instance}-free"
    create_session_network(
        clean_engine,
        name=name,
        bridge_prefix=settings.bridge_prefix,
        egress=Egress.NONE,
        block=settings.session_networks,
        labels=make_labels(settings.instance, Role.SESSION, "test"),
    )
    try:
        require_free_block(settings, clean_engine)
    finally:
        remove_session_network(clean_engine, name, instance=settings.instance)
