"""squid's configuration and answers, by tables."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from hub_config.settings import SettingError, Settings
from operator_cli.egress_config import (
    NOT_LISTED,
    PRIVATE,
    TOO_MANY,
    render_answers,
    render_config,
    render_forbidden,
)

FOLDER = Path("/run/proxy")


@pytest.mark.parametrize(
    "line",
    [
        "http_port 0.0.0.0:8083",
        "acl clients src 127.0.0.1 ::1 10.213.0.0/16",
        "acl listed dstdomain -n pypi.org files.pythonhosted.org registry.npmjs.org deb.debian.org "
        "security.debian.org",
        'acl private dst "/run/proxy/forbidden"',
        "acl too_many maxconn 32",
        "access_log stdio:/run/proxy/log/access.raw containrlab",
        "error_directory /run/proxy/errors",
        "delay_parameters 1 none none 20000000/20000000",
        "cache deny all",
        "via off",
        "forwarded_for delete",
    ],
)
def test_config_has(line: str):
    assert line in render_config(Settings(), FOLDER).splitlines()


def test_only_what_no_rule_denies_is_allowed():
    rules = [line for line in render_config(Settings(), FOLDER).splitlines() if line.startswith("http_acc")]
    assert rules[0] == "http_access deny !clients"
    assert rules[-1] == "http_access allow all"
    assert all(rule.startswith("http_access deny ") for rule in rules[:-1])


def test_limits_are_the_settings():
    config = render_config(Settings(egress_connections=5, egress_rate_mb=3), FOLDER)
    assert "acl too_many maxconn 5\n" in config
    assert "client_ip_max_connections 10\n" in config
    assert "delay_parameters 1 none none 3000000/3000000\n" in config


def test_no_hosts_is_nothing_and_not_everything():
    assert "acl listed dstdomain -n none.invalid\n" in render_config(Settings(egress_hosts=()), FOLDER)


@pytest.mark.parametrize(
    "host", [".*", "pypi.org\nhttp_access allow all", "", "-x", "a b", ".pypi.org", "*.pypi.org", '"/etc/x"']
)
def test_what_is_no_host_name_is_refused(host: str):
    with pytest.raises(SettingError, match="CONTAINRLAB_EGRESS_HOSTS"):
        render_config(Settings(egress_hosts=(host,)), FOLDER)


def is_forbidden(address: str, *allowed: str, own: tuple[str, ...] = ()) -> bool:
    settings = Settings(egress_private=tuple(ipaddress.ip_network(one) for one in allowed))
    networks = map(ipaddress.ip_network, render_forbidden(settings, own).split())
    return any(ipaddress.ip_address(address) in network for network in networks)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "ff02::1",
    ],
)
def test_what_is_not_public_is_forbidden(address: str):
    assert is_forbidden(address)


@pytest.mark.parametrize("address", ["151.101.0.223", "172.32.0.1", "100.128.0.1", "2a04:4e42::223"])
def test_what_is_public_is_not(address: str):
    assert not is_forbidden(address)


def test_this_machine_is_forbidden_by_each_of_its_addresses():
    assert is_forbidden("198.51.100.7", own=("198.51.100.7", "2001:db8::7"))
    assert is_forbidden("2001:db8::7", own=("198.51.100.7", "2001:db8::7"))


@pytest.mark.parametrize(
    ("address", "forbidden"),
    [
        ("10.20.1.1", False),
        ("10.21.0.1", True),
        pytest.param("10.20.0.5", True, id="this machine's own, inside an allowed network"),
        pytest.param("10.213.0.2", True, id="another session"),
    ],
)
def test_an_allowed_network_opens_that_network_alone(address: str, *, forbidden: bool):
    assert is_forbidden(address, "10.20.0.0/16", own=("10.20.0.5",)) is forbidden


@pytest.mark.parametrize(
    ("address", "forbidden"),
    [("10.20.0.5", False), ("10.213.0.2", True), ("127.0.0.1", True), ("fd00::1", True)],
)
def test_sessions_stay_forbidden_and_a_mirror_on_this_machine_is_named(address: str, *, forbidden: bool):
    assert is_forbidden(address, "10.0.0.0/8", "10.20.0.5/32", own=("10.20.0.5",)) is forbidden


def test_answers_name_the_policy_and_what_to_do():
    answers = render_answers(Settings(egress_connections=7), ["ERR_DNS_FAIL"])
    assert answers[NOT_LISTED].startswith("%H is not on this course's list of package registries: pypi.org, ")
    assert "CONTAINRLAB_EGRESS_PRIVATE" in answers[PRIVATE]
    assert "more than 7 connections" in answers[TOO_MANY]
    assert "%H" in answers["ERR_DNS_FAIL"]
