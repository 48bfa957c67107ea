"""The kernel's table of sockets, read."""

from __future__ import annotations

import pytest

from course_service.checks.listening_sockets import ListeningSocket, parse_listening_sockets

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0: 00000000:1F90 00000000:0000 0A 0:0", [ListeningSocket(8080, "0.0.0.0")]),
        ("0: 0100007F:1F90 00000000:0000 0A 0:0", [ListeningSocket(8080, "127.0.0.1")]),
        ("0: 0" + "0" * 31 + ":1388 0:0 0A 0:0", [ListeningSocket(5000, "::")]),
        ("0: 00000000000000000000000001000000:1F90 0:0 0A 0:0", [ListeningSocket(8080, "::1")]),
        ("0: 0000000000000000FFFF00000100007F:1F90 0:0 0A 0:0", [ListeningSocket(8080, "127.0.0.1")]),
        pytest.param("0: 0100007F:1F90 0200007F:9000 01 0:0", [], id="a connection"),
        pytest.param("0: 0B00007F:9C40 00000000:0000 0A 0:0", [], id="the engine's resolver"),
        ("cat: /proc/1/net/tcp: No such file or directory", []),
        ("0: zz:1F90 0:0 0A 0:0", []),
        ("", []),
    ],
)
def test_listening_rows_are_found(row, expected):
    assert parse_listening_sockets([HEAD, row]) == expected


@pytest.mark.parametrize(
    ("address", "is_loopback"), [("127.0.0.1", True), ("127.0.0.53", True), ("::1", True), ("0.0.0.0", False)]
)
def test_loopback_is_what_only_the_container_reaches(address, is_loopback):
    assert ListeningSocket(8080, address).is_loopback is is_loopback
