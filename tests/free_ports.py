"""Ports for programs that tests start: taken by no other worker, and by no connection to elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import cycle, islice

from operator_cli.ports import is_free

FIRST = 20_000  # the kernel takes ports of connections from 32768 on
OF_A_WORKER = 2_000


def _own_ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    begin = FIRST + worker * OF_A_WORKER
    return filter(is_free, cycle(range(begin, begin + OF_A_WORKER)))


_ports = _own_ports()


def free_ports(count: int) -> list[int]:
    """So many ports on which nothing listens; the same are given again only after all others."""
    return list(islice(_ports, count))


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]
