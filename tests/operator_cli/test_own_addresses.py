"""This machine's addresses, from what the kernel lists."""

from __future__ import annotations

import socket
from pathlib import Path

from operator_cli.own_addresses import list_own_addresses

FIB_TRIE = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
Local:
  +-- 127.0.0.0/8 2 0 2
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 127.255.255.255
        /32 link BROADCAST
     |-- 198.51.100.7
        /32 host LOCAL
"""


def test_of_the_kernels_lists(tmp_path: Path):
    (tmp_path / "fib_trie").write_text(FIB_TRIE)
    (tmp_path / "if_inet6").write_text("20010db8000000000000000000000007 04 40 00 00     eth0\n")
    assert list_own_addresses(tmp_path) == ("127.0.0.1", "198.51.100.7", "2001:db8::7")


def test_a_kernel_without_ipv6(tmp_path: Path):
    (tmp_path / "fib_trie").write_text(FIB_TRIE)
    assert list_own_addresses(tmp_path) == ("127.0.0.1", "198.51.100.7")


def test_this_machine():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.9.9.9", 9))  # sends nothing
        assert probe.getsockname()[0] in list_own_addresses()
