"""The checks of firewall, ports, registries and clock."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hub_config.settings import Settings
from operator_cli.address_block import Route
from operator_cli.firewall import is_firewall_loaded, remove_firewall
from operator_cli.locks import try_state_lock
from operator_cli.machine_checks import firewall as firewall_module
from operator_cli.machine_checks import ports as ports_module
from operator_cli.machine_checks import registry_answers
from operator_cli.machine_checks.addresses import ADDRESSES, Addresses, judge_addresses
from operator_cli.machine_checks.check import NotLookedAt, Status
from operator_cli.machine_checks.clock import CLOCK, judge_clock
from operator_cli.machine_checks.firewall import FIREWALL, Firewall, judge_firewall
from operator_cli.machine_checks.machine import Machine
from operator_cli.machine_checks.ports import PORTS, TakenPort, judge_ports
from operator_cli.machine_checks.registries import judge_registries
from operator_cli.machine_checks.registry_answers import RegistryAnswer, ask_registries, clock_ahead
from operator_cli.progress import Progress
from operator_cli.up import UP_LOCK

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
GOOD = RegistryAnswer("pypi.org", clock_ahead=0.2)
REFUSED = RegistryAnswer("deb.debian.org", error="[Errno 111] Connection refused")
INSPECTED = RegistryAnswer("pypi.org", error="self-signed certificate in certificate chain")


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Firewall(has_nft=False), Status.FAIL, "there is no nft"),
        (Firewall(has_nft=True, refusal="Operation not supported"), Status.FAIL, "Operation not supported"),
        (Firewall(has_nft=True, lacks=("nft_limit",)), Status.FAIL, "the kernel lacks nft_limit"),
        (Firewall(has_nft=True, table="containrlab_cl"), Status.PASS, "not needed"),
        (Firewall(has_nft=True, table="t", course_runs=True), Status.FAIL, "t is gone"),
        (Firewall(has_nft=True, table="t", course_runs=True, is_loaded=True), Status.PASS, "t is loaded"),
        (
            Firewall(has_nft=True, table="t", is_loaded=True, others=("ufw", "firewalld")),
            Status.PASS,
            "ufw and firewalld active",
        ),
    ],
)
def test_firewall(seen: Firewall, status: Status, words: str):
    finding = judge_firewall(seen)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen
    assert (finding.fix is not None) is (status is Status.FAIL and seen.has_nft)


def test_addresses():
    block = ipaddress.IPv4Network("10.213.0.0/16")
    assert judge_addresses(Addresses(block)).status is Status.PASS
    lan = Route(ipaddress.IPv4Network("10.213.4.0/24"), "eth1")
    finding = judge_addresses(Addresses(block, (lan,), "10.1.0.0/16"))
    assert finding.status is Status.FAIL
    assert "10.213.4.0/24 by eth1" in finding.seen
    assert finding.mend == "export CONTAINRLAB_SESSION_NETWORKS=10.1.0.0/16"


@pytest.mark.engine
def test_this_machines_addresses_are_looked_at(settings: Settings, progress: Progress):
    assert ADDRESSES.look(Machine(settings, progress)).status is Status.PASS


def test_firewall_is_not_looked_at_by_an_ordinary_user(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, progress: Progress
):
    monkeypatch.setattr(firewall_module, "is_root", lambda: False)
    monkeypatch.setattr(firewall_module.shutil, "which", lambda _: "/usr/sbin/nft")
    with pytest.raises(NotLookedAt, match="needs root"):
        FIREWALL.look(Machine(settings, progress))


@pytest.fixture
def own_table(settings: Settings) -> Iterator[Settings]:
    """Settings with a table of this test's own, which is taken away at the end."""
    settings = replace(settings, bridge_prefix="cqd")
    yield settings
    remove_firewall(settings)


@pytest.mark.engine
def test_running_courses_lost_table_is_loaded_again(own_table: Settings, progress: Progress):
    machine = Machine(own_table, progress)
    with try_state_lock(own_table, UP_LOCK):
        lost = FIREWALL.look(machine)
        assert lost.status is Status.FAIL
        assert lost.fix is not None
        assert lost.fix(machine) == "loaded the table containrlab_cqd"
        assert FIREWALL.look(machine).status is Status.PASS
    assert is_firewall_loaded(own_table)


@pytest.mark.parametrize(
    ("taken", "status", "words"),
    [
        ([], Status.PASS, "8000, 8081: free"),
        (
            [TakenPort(8000, "CONTAINRLAB_PORT", is_ours=True)],
            Status.PASS,
            "8000: used by this course; 8081: free",
        ),
        ([TakenPort(8000, "CONTAINRLAB_PORT", False, "nginx")], Status.FAIL, "8000 is used by nginx"),
        ([TakenPort(8081, "CONTAINRLAB_HUB_PORT", False)], Status.FAIL, "8081 is used by another program"),
    ],
)
def test_ports(taken: Sequence[TakenPort], status: Status, words: str):
    finding = judge_ports([8000, 8081], taken)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


def test_privileged_port_is_not_taken_for_a_used_one(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, progress: Progress
):
    monkeypatch.setattr(ports_module, "is_root", lambda: False)
    with pytest.raises(NotLookedAt, match="needs root"):
        PORTS.look(Machine(replace(settings, port=443), progress))
    assert PORTS.look(Machine(settings, progress)).status is Status.PASS


def test_who_has_a_port_is_named(settings: Settings, progress: Progress):
    with socket.create_server(("127.0.0.1", settings.hub_port)):
        finding = PORTS.look(Machine(settings, progress))
    assert finding.status is Status.FAIL
    assert f"{settings.hub_port} is used by " in finding.seen
    assert "another program" not in finding.seen
    assert f"export CONTAINRLAB_HUB_PORT={settings.hub_port + 1000}" in finding.mend
    assert PORTS.look(Machine(settings, progress)).status is Status.PASS


@pytest.mark.parametrize(
    ("answers", "status", "words"),
    [
        ([GOOD, GOOD], Status.PASS, "2 of 2 answer"),
        ([GOOD, REFUSED], Status.WARN, "1 of 2 answer; deb.debian.org: [Errno 111]"),
        ([REFUSED, INSPECTED], Status.FAIL, "0 of 2 answer"),
    ],
)
def test_registries(answers: Sequence[RegistryAnswer], status: Status, words: str):
    finding = judge_registries(answers)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


def test_network_that_inspects_tls_is_told_of_its_setting():
    assert "CONTAINRLAB_EXTRA_CA" in judge_registries([INSPECTED]).mend
    assert "CONTAINRLAB_EXTRA_CA" not in judge_registries([REFUSED]).mend


def test_hosts_that_refuse_or_never_answer_do_not_hold_it_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry_answers, "ANSWER_SECONDS", 20)
    monkeypatch.setattr(registry_answers, "WHOLE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as gone:
        hosts = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in (silent, gone)]
        gone.close()
        never, refused = ask_registries(hosts, None)
    assert never.error == "no answer within 0.5 s"
    assert "refused" in refused.error


@pytest.mark.parametrize(
    ("date", "age", "ahead"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", None, 0.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", None, 60.0),
        pytest.param("Sun, 01 Mar 2026 11:00:00 GMT", "3600", 0.0, id="kept by a cache for an hour"),
        pytest.param(None, None, None, id="no date"),
        ("nonsense", None, None),
        ("Sun, 01 Mar 2026 12:00:00 GMT", "nonsense", None),
    ],
)
def test_clock_by_a_date(date: str | None, age: str | None, ahead: float | None):
    assert clock_ahead(date, age, NOON) == ahead


@pytest.mark.parametrize(
    ("ahead", "status"),
    [
        ([0.3, 0.9, -0.2], Status.PASS),
        ([-6.0, -7.0, -6.5], Status.WARN),
        ([61.0], Status.FAIL),
        ([-3600.0, -3601.0], Status.FAIL),
        pytest.param([0.1, 0.2, 9000.0], Status.PASS, id="one host is wrong itself"),
    ],
)
def test_clock(ahead: Sequence[float], status: Status):
    assert judge_clock(ahead).status is status


def test_clock_without_an_answer_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, progress: Progress
):
    machine = Machine(settings, progress)
    monkeypatch.setattr(machine, "registries", lambda: [REFUSED])
    with pytest.raises(NotLookedAt, match="no registry answered"):
        CLOCK.look(machine)
