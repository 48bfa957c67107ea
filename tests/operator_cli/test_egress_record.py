"""squid's line to the log's line; what a client chose cannot break it."""

from __future__ import annotations

import json

import pytest

from operator_cli.egress_owners import Owner
from operator_cli.egress_record import parse_access, render_record

ALICE = Owner("alice", "session", "containrlab-session-alice")


def record(line: str, owner: Owner | None = ALICE) -> dict[str, object]:
    access = parse_access(line)
    assert access is not None
    text = render_record(access, owner)
    assert text.isascii()
    assert "\n" not in text
    return json.loads(text)


def test_a_tunnel():
    assert record("1795645182.459 35 10.213.0.2 CONNECT pypi.org 443 200 - 83003 889") == {
        "time": "2026-11-25T22:19:42.459+00:00",
        "owner": "alice",
        "role": "session",
        "network": "containrlab-session-alice",
        "address": "10.213.0.2",
        "method": "CONNECT",
        "host": "pypi.org",
        "port": 443,
        "outcome": "allowed",
        "reason": None,
        "status": 200,
        "received": 83003,
        "sent": 889,
        "seconds": 0.035,
    }


@pytest.mark.parametrize(
    ("reason", "outcome", "shown"),
    [
        ("403:EGRESS_NOT_LISTED", "refused", "not_listed"),
        ("403:EGRESS_NOT_OFFERED", "refused", "not_offered"),
        ("403:EGRESS_PRIVATE", "refused", "private_address"),
        ("429:EGRESS_TOO_MANY", "refused", "too_many_connections"),
        ("ERR_ACCESS_DENIED", "refused", "not_a_session"),
        ("ERR_DNS_FAIL", "failed", "dns_fail"),
        ("ERR_CONNECT_FAIL", "failed", "connect_fail"),
    ],
)
def test_why(reason: str, outcome: str, shown: str):
    seen = record(f"1795645182.459 0 10.213.0.2 CONNECT a.example 443 403 {reason} 1 2")
    assert (seen["outcome"], seen["reason"]) == (outcome, shown)


def test_an_unknown_owner_is_null():
    seen = record("1795645182.459 0 10.213.0.2 - - - 0 ERR_CLIENT_GONE 0 0", None)
    assert (seen["owner"], seen["role"], seen["network"], seen["port"]) == (None, None, None, None)


def test_untrusted_fields_are_cut():
    line = f"1795645182.459 0 10.213.0.2 {'M' * 9000} {'h' * 9000} 80 403 403:EGRESS_NOT_LISTED 1 2"
    assert len(json.dumps(record(line))) < 700


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        "1795645182.459 0 10.213.0.2 GET a b 80 403 - 1 2",
        "now 0 10.213.0.2 GET a 80 403 - 1 2",
        "inf 0 10.213.0.2 GET a 80 403 - 1 2",
        "1e300 0 10.213.0.2 GET a 80 403 - 1 2",
        "1795645182.459 0 10.213.0.2 GET a http 403 - 1 2",
    ],
)
def test_what_is_no_line_is_left_out(line: str):
    assert parse_access(line) is None


def test_when_it_began():
    access = parse_access("1795645182.500 1500 10.213.0.2 CONNECT pypi.org 443 200 - 1 2")
    assert access is not None
    assert access.began == 1795645181.0
