"""The firewall: its text by tables, and what real containers on real bridges reach through it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.errors import FirewallRefused
from operator_cli.firewall import is_firewall_loaded, load_firewall, remove_firewall, render_ruleset
from operator_cli.packages import Packages
from operator_cli.waiting import wait_for
from spawner.labels import Role, make_labels, make_name
from spawner.session_network import create_session_network, remove_session_network

REACHED, REFUSED = "reached", "refused"
IMAGE = "debian:trixie-slim"
# Opens a connection and nothing else; 124 is a packet that was dropped instead of refused.
PROBE = 'timeout 3 bash -c "exec 3<>/dev/tcp/$0/$1" 2> /dev/null; echo $?'
OUTCOMES = {"0": REACHED, "1": REFUSED, "124": "dropped"}


@pytest.mark.parametrize(
    ("public_url", "rule"),
    [
        pytest.param(None, "tcp dport { 8083, 8000 } reject with tcp reset", id="a trial is this machine's"),
        pytest.param("https://x.org", "tcp dport { 8083 } reject with tcp reset", id="a public hub is open"),
    ],
)
def test_what_other_interfaces_reach(public_url: str | None, rule: str):
    assert rule in render_ruleset(Settings(public_url=public_url))


@pytest.mark.parametrize(
    "rule",
    [
        'iifname "ab-*" goto sessions',
        'iifname "abj-*" goto sandboxes',
        'iifname "ab-*" goto closed',
        'oifname "abj-*" goto closed',
        "table inet containrlab_ab {",
        "delete table inet containrlab_ab",
        "tcp dport { 1234, 8083 } fib daddr . iif type local accept",
    ],
)
def test_ruleset_is_keyed_by_prefix_and_ports(rule: str):
    assert rule in render_ruleset(Settings(bridge_prefix="ab", port=1234))


def test_no_rule_but_the_replacement_touches_another_table():
    tables = [line for line in render_ruleset(Settings()).splitlines() if "table" in line]
    assert all("inet containrlab_cl" in line for line in tables)


@pytest.mark.engine
@pytest.mark.usefixtures("clean_firewall")
def test_loading_twice_is_loading_once(settings: Settings, packages: Packages):
    load_firewall(settings, packages)
    load_firewall(settings, packages)
    assert is_firewall_loaded(settings)
    remove_firewall(settings)
    assert not is_firewall_loaded(settings)


@pytest.mark.engine
def test_refused_table_is_a_plain_error(settings: Settings, packages: Packages):
    with pytest.raises(FirewallRefused, match="nft answered"):
        load_firewall(replace(settings, bridge_prefix="a b"), packages)


class Bridges:
    """Containers on a session's, another session's and a sandbox's bridge, and one on Docker's own."""

    def __init__(self, engine: docker.APIClient, settings: Settings, stack: ExitStack) -> None:
        self._engine = engine
        self._settings = settings
        self._stack = stack
        self.session = self._start("one", settings.bridge_prefix)
        self.other = self._start("two", settings.bridge_prefix)
        self.sandbox = self._start("judge", f"{settings.bridge_prefix}j")
        self.docker0 = self._start("docker0", None)

    def gateway(self, name: str) -> str:
        """The host's address on the container's bridge."""
        return self._endpoint(name)["Gateway"]

    def address(self, name: str) -> str:
        """The container's own address."""
        return self._endpoint(name)["IPAddress"]

    def link_local(self, name: str) -> str:
        """The host's IPv6 address on the container's bridge, as the container writes it."""
        bridge = self._bridge(name)
        with open("/proc/net/if_inet6", encoding="ascii") as interfaces:
            found = [line.split()[0] for line in interfaces if line.split()[-1] == bridge]
        digits = found[0] if found else f"fe80{'0' * 28}"  # not given yet
        return ":".join(digits[start : start + 4] for start in range(0, 32, 4)) + "%eth0"

    def probe(self, name: str, address: str, port: int) -> str:
        """What comes of a connection from the container."""
        call = self._engine.exec_create(name, ["bash", "-c", PROBE, address, str(port)])
        return OUTCOMES[self._engine.exec_start(call["Id"]).decode().strip()]

    def _endpoint(self, name: str) -> dict[str, str]:
        networks = self._engine.inspect_container(name)["NetworkSettings"]["Networks"]
        return next(iter(networks.values()))

    def _start(self, owner: str, prefix: str | None) -> str:
        instance = self._settings.instance
        name = make_name(instance, Role.SANDBOX, owner)
        labels = make_labels(instance, Role.SANDBOX, owner)
        host_config = {"NetworkMode": "bridge"}
        if prefix:
            create_session_network(
                self._engine,
                name=name,
                bridge_prefix=prefix,
                block=self._settings.session_networks,
                labels=labels,
            )
            self._stack.callback(remove_session_network, self._engine, name, instance=instance)
            host_config = {"NetworkMode": name, "Sysctls": {"net.ipv6.conf.all.disable_ipv6": "0"}}
        self._engine.create_container_from_config(
            {
                "Image": IMAGE,
                "Cmd": ["sleep", "infinity"],
                "Labels": labels,
                "StopSignal": "KILL",
                "HostConfig": host_config,
            },
            name,
        )
        self._stack.callback(self._engine.remove_container, name, force=True)
        self._engine.start(name)
        if prefix:
            # Ours have no IPv6; the firewall is to hold where another tool has turned it on again.
            Path(f"/proc/sys/net/ipv6/conf/{self._bridge(name)}/disable_ipv6").write_text("0")
        return name

    def _bridge(self, network: str) -> str:
        return self._engine.inspect_network(network)["Options"]["com.docker.network.bridge.name"]


@pytest.fixture
def other_port() -> Iterator[int]:
    """A port of the host that is none of ours."""
    with socket.create_server(("", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def bridges(clean_engine: docker.APIClient, clean_firewall: None, settings: Settings) -> Iterator[Bridges]:
    """Containers, and listeners on the hub's and the egress proxy's port of all addresses, IPv6 too."""
    with ExitStack() as stack:
        for port in (settings.port, settings.egress_port):
            stack.enter_context(socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True))
        bridges = Bridges(clean_engine, settings, stack)
        session = bridges.session
        # IPv6 addresses are usable only once nobody else has claimed them.
        assert wait_for(
            lambda: bridges.probe(session, bridges.link_local(session), settings.port) == REACHED, 10
        )
        yield bridges


@pytest.mark.engine
def test_without_the_firewall_a_session_reaches_the_host(
    bridges: Bridges, settings: Settings, other_port: int
):
    # The probes can see a hole: every row that is refused below is reached here.
    session = bridges.session
    assert bridges.probe(session, bridges.gateway(session), other_port) == REACHED
    assert bridges.probe(session, bridges.gateway(bridges.other), settings.port) == REACHED
    assert bridges.probe(session, bridges.gateway(bridges.docker0), settings.port) == REACHED
    assert bridges.probe(session, bridges.link_local(session), settings.port) == REACHED
    assert bridges.probe(bridges.docker0, bridges.gateway(bridges.docker0), settings.egress_port) == REACHED


@pytest.mark.engine
def test_what_is_reached_through_the_firewall(
    bridges: Bridges, settings: Settings, packages: Packages, other_port: int
):
    load_firewall(settings, packages)
    session, other, sandbox, docker0 = bridges.session, bridges.other, bridges.sandbox, bridges.docker0
    hub, egress = settings.port, settings.egress_port
    expected = {
        ("a session's own gateway, hub", session, bridges.gateway(session), hub): REACHED,
        ("a session's own gateway, egress", session, bridges.gateway(session), egress): REACHED,
        ("a session's own gateway, another port", session, bridges.gateway(session), other_port): REFUSED,
        ("another session's gateway", session, bridges.gateway(other), hub): REFUSED,
        ("Docker's own gateway", session, bridges.gateway(docker0), hub): REFUSED,
        ("another session", session, bridges.address(other), hub): REFUSED,
        ("a container of the machine's", session, bridges.address(docker0), hub): REFUSED,
        ("an address outside", session, "192.0.2.1", 443): REFUSED,
        ("the gateway by IPv6", session, bridges.link_local(session), hub): "dropped",
        ("a sandbox's gateway, egress", sandbox, bridges.gateway(sandbox), egress): REACHED,
        ("a sandbox's gateway, hub", sandbox, bridges.gateway(sandbox), hub): REFUSED,
        ("a sandbox's gateway, another port", sandbox, bridges.gateway(sandbox), other_port): REFUSED,
        ("the machine's containers, hub", docker0, bridges.gateway(docker0), hub): REFUSED,
        ("the machine's containers, egress", docker0, bridges.gateway(docker0), egress): REFUSED,
        ("the machine's containers, another port", docker0, bridges.gateway(docker0), other_port): REACHED,
    }
    seen = {row: bridges.probe(*row[1:]) for row in expected}
    assert seen == expected


@pytest.mark.engine
def test_a_public_url_opens_the_hub_and_not_the_egress_proxy(
    bridges: Bridges, settings: Settings, packages: Packages
):
    load_firewall(replace(settings, public_url="https://labs.example.org"), packages)
    gateway = bridges.gateway(bridges.docker0)
    assert bridges.probe(bridges.docker0, gateway, settings.port) == REACHED
    assert bridges.probe(bridges.docker0, gateway, settings.egress_port) == REFUSED


@pytest.mark.engine
def test_the_machine_itself_reaches_its_sessions(bridges: Bridges, settings: Settings, packages: Packages):
    load_firewall(settings, packages)
    # Nothing listens there: the container's own refusal has come back through the firewall.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((bridges.address(bridges.session), 8888), timeout=3)
