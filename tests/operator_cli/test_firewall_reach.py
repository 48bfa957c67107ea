"""What containers on real bridges reach through the firewall, and how soon they know what they do not."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.firewall import load_firewall
from operator_cli.firewall_listing import Listing, describe_changes
from operator_cli.firewall_ruleset import (
    HUB_CONNECTIONS,
    NEW_CONNECTIONS_BURST,
    egress_connections,
    table_name,
)
from operator_cli.packages import Packages
from operator_cli.waiting import wait_for
from spawner.labels import Role
from spawner.session_policy import Egress

from .bridges import REACHED, REFUSED, SILENT, Bridges, Probe, listening
from .conftest import BRIDGE_PREFIX, make_settings

pytestmark = pytest.mark.engine

AT_ONCE_SECONDS = 1.2  # the probes give up after 1.5
COUNTER_TABLE = f"inet containrlab_{BRIDGE_PREFIX}_counter"


@pytest.fixture(scope="module")
def bridges(
    engine: docker.APIClient, instance: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bridges]:
    """Where the containers of this module's tests are; each test says which of them it needs."""
    with ExitStack() as stack:
        bridges = Bridges(engine, make_settings(tmp_path_factory.mktemp("state"), instance), stack)
        for port in (bridges.settings.port, bridges.settings.egress_port):
            stack.enter_context(listening(port))
        yield bridges


@pytest.fixture(scope="module")
def session(bridges: Bridges) -> str:
    return bridges.start("one", Role.SESSION, Egress.PACKAGES)


@pytest.fixture(scope="module")
def other(bridges: Bridges) -> str:
    return bridges.start("two", Role.SESSION, Egress.PACKAGES)


@pytest.fixture(scope="module")
def docker0(bridges: Bridges) -> str:
    return bridges.start_on_docker0()


@pytest.fixture(scope="module")
def other_port() -> Iterator[int]:
    """A port of the host that is none of ours; for UDP too, where nobody ever answers."""
    with listening(0) as port, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("", port))
        yield port


@pytest.fixture
def loaded(bridges: Bridges, clean_firewall: None, packages: Packages) -> Settings:
    """The settings whose firewall is loaded."""
    load_firewall(bridges.settings, packages)
    return bridges.settings


@pytest.mark.usefixtures("clean_firewall")
def test_without_the_firewall_a_session_reaches_the_host(
    bridges: Bridges, session: str, other: str, docker0: str, other_port: int
):
    # The probes can see a hole: every kind of row that is refused below is reached here.
    hub = bridges.settings.port
    probes = [
        Probe("tcp", bridges.gateway(session), other_port),
        Probe("tcp", bridges.gateway(other), hub),
        Probe("tcp", bridges.gateway(docker0), hub),
        Probe("ping", bridges.gateway(session)),
    ]
    assert [seen.outcome for seen in bridges.probe(session, *probes)] == [REACHED] * len(probes)
    assert bridges.probe(session, Probe("udp", bridges.gateway(session), other_port))[0].outcome == SILENT
    assert bridges.reaches(docker0, bridges.gateway(docker0), bridges.settings.egress_port) == REACHED


def test_what_a_session_reaches_and_what_is_refused_at_once(
    bridges: Bridges, loaded: Settings, session: str, other: str, docker0: str, other_port: int
):
    own, hub, egress = bridges.gateway(session), loaded.port, loaded.egress_port
    expected = {
        Probe("tcp", own, hub): REACHED,
        Probe("tcp", own, egress): REACHED,
        Probe("tcp", own, other_port): REFUSED,
        Probe("tcp", bridges.gateway(other), hub): REFUSED,
        Probe("tcp", bridges.gateway(docker0), hub): REFUSED,
        Probe("tcp", bridges.address(other), hub): REFUSED,
        Probe("tcp", bridges.address(docker0), hub): REFUSED,
        Probe("tcp", "192.0.2.1", 443): REFUSED,
        Probe("udp", own, other_port): REFUSED,
        Probe("udp", own, hub): REFUSED,
        Probe("udp", bridges.gateway(other), 53): REFUSED,
        Probe("udp", "192.0.2.1", 53): REFUSED,
        Probe("ping", own): REFUSED,
        Probe("ping", bridges.address(other)): REFUSED,
    }
    seen = dict(zip(expected, bridges.probe(session, *expected), strict=True))
    assert {probe: one.outcome for probe, one in seen.items()} == expected
    assert {probe: one for probe, one in seen.items() if one.seconds > AT_ONCE_SECONDS} == {}


def test_ipv6_goes_nowhere(bridges: Bridges, session: str, packages: Packages, clean_firewall: None):
    # Silently: what refuses would itself have to speak IPv6. A session has no IPv6 to wait with.
    def count_arriving(target: str) -> int:
        probe = Probe("udp", target, 9)
        return _count_arriving(bridges, session, "meta nfproto ipv6", lambda: bridges.probe(session, probe))

    def is_reached() -> bool:
        return bridges.reaches(session, bridges.link_local(session), bridges.settings.port) == REACHED

    assert wait_for(is_reached, 10)  # the kernel gives an address only once nobody else has claimed it
    assert count_arriving("ff02::1%eth0") > 0
    load_firewall(bridges.settings, packages)
    assert not is_reached()
    targets = [bridges.link_local(session), "ff02::1%eth0"]
    assert [count_arriving(target) for target in targets] == [0, 0]


@pytest.mark.parametrize(
    ("role", "egress", "hub_outcome", "egress_outcome"),
    [
        (Role.SESSION, Egress.NONE, REACHED, REFUSED),
        (Role.SANDBOX, Egress.PACKAGES, REFUSED, REACHED),
        (Role.SANDBOX, Egress.NONE, REFUSED, REFUSED),
    ],
)
def test_egress_policy_is_held_by_the_network(
    bridges: Bridges,
    loaded: Settings,
    other_port: int,
    role: Role,
    egress: Egress,
    hub_outcome: str,
    egress_outcome: str,
):
    name = bridges.start(f"policy-{egress}", role, egress)
    probes = [
        Probe("tcp", bridges.gateway(name), port) for port in (loaded.port, loaded.egress_port, other_port)
    ]
    seen = [one.outcome for one in bridges.probe(name, *probes)]
    assert seen == [hub_outcome, egress_outcome, REFUSED]


def test_what_is_not_ours_is_let_be(
    bridges: Bridges, loaded: Settings, session: str, docker0: str, other_port: int
):
    # Another course, of whose bridges' names ours is the beginning.
    stranger = bridges.start("stranger", Role.SESSION, Egress.PACKAGES, prefix=f"{loaded.bridge_prefix}sp")
    assert bridges.reaches(stranger, bridges.gateway(stranger), other_port) == REACHED
    assert bridges.reaches(docker0, bridges.gateway(docker0), other_port) == REACHED
    # But for the ports that are ours alone, and for our sessions.
    for port in (loaded.port, loaded.egress_port):
        assert bridges.reaches(docker0, bridges.gateway(docker0), port) == REFUSED
    assert bridges.reaches(docker0, bridges.address(session), 8888) == REFUSED


@pytest.mark.usefixtures("clean_firewall")
def test_a_public_url_opens_the_hub_and_not_the_egress_proxy(
    bridges: Bridges, docker0: str, packages: Packages
):
    load_firewall(replace(bridges.settings, public_url="https://labs.example.org"), packages)
    gateway = bridges.gateway(docker0)
    assert bridges.reaches(docker0, gateway, bridges.settings.port) == REACHED
    assert bridges.reaches(docker0, gateway, bridges.settings.egress_port) == REFUSED


@pytest.mark.usefixtures("loaded")
def test_the_machine_itself_reaches_its_sessions(bridges: Bridges, session: str):
    # Nothing listens there: the container's own refusal has come back through the firewall.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((bridges.address(session), 8888), timeout=3)


def test_connections_of_a_session_are_capped_and_its_neighbours_are_not(
    bridges: Bridges, loaded: Settings, session: str, other: str
):
    before = _listing(loaded)
    most = egress_connections(loaded)
    assert bridges.count_held(session, loaded.egress_port, most + 10) == most
    assert bridges.count_held(other, loaded.port, HUB_CONNECTIONS + 10) == HUB_CONNECTIONS
    # Those are closed now, and count no more.
    assert wait_for(lambda: bridges.count_held(session, loaded.egress_port, 10) == 10, 5)
    assert describe_changes(before, _listing(loaded)) == ""  # what was counted is no change


def test_new_connections_of_a_session_have_a_rate(bridges: Bridges, loaded: Settings):
    name = bridges.start("hasty", Role.SESSION, Egress.PACKAGES)
    reached = bridges.count_reached_in_a_burst(name, loaded.port, 1000)
    assert NEW_CONNECTIONS_BURST <= reached < 1000
    assert wait_for(lambda: bridges.reaches(name, bridges.gateway(name), loaded.port) == REACHED, 5)


@pytest.mark.usefixtures("loaded")
def test_forged_source_address_goes_nowhere(bridges: Bridges, session: str, other: str, docker0: str):
    gateway = bridges.gateway(session)

    def count_arriving(source: str) -> int:
        match = f"ip saddr {source} udp dport 9"
        return _count_arriving(bridges, session, match, lambda: bridges.send_udp(session, source, gateway))

    assert count_arriving(bridges.address(session)) == 1
    forged = [bridges.address(other), gateway, bridges.gateway(docker0), "192.0.2.1", "127.0.0.1"]
    assert {source: count_arriving(source) for source in forged} == dict.fromkeys(forged, 0)


def _count_arriving(bridges: Bridges, name: str, match: str, send: Callable[[], object]) -> int:
    """How many packets that match come from the container to the host's input, of what `send` sends."""
    hook = "type filter hook input priority -20"
    rule = f'iifname "{bridges.bridge(name)}" {match} counter'
    _nft("-f", "-", rules=f"table {COUNTER_TABLE} {{ chain input {{ {hook}; {rule}; }}; }}")
    try:
        send()
        listed = json.loads(_nft("-j", "list", "table", *COUNTER_TABLE.split()))["nftables"]
    finally:
        _nft("delete", "table", *COUNTER_TABLE.split())
    expressions = next(entry["rule"]["expr"] for entry in listed if "rule" in entry)
    return next(part["counter"]["packets"] for part in expressions if "counter" in part)


def _listing(settings: Settings) -> Listing:
    return Listing.from_json(_nft("-j", "list", "table", "inet", table_name(settings)))


def _nft(*arguments: str, rules: str | None = None) -> str:
    command = ["nft", *arguments]
    return subprocess.run(command, input=rules, capture_output=True, text=True, check=True).stdout
