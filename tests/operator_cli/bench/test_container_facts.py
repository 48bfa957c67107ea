"""Where the kernel says what a container holds, on both kinds of control groups."""

from __future__ import annotations

import pytest

from operator_cli.bench.container_facts import held_bytes, memory_cgroup
from operator_cli.bench.idle_memory import is_settled

V1 = """\
9:name=systemd:/docker/1f
5:devices:/docker/1f
4:memory:/docker/1f
2:cpu,cpuacct:/docker/1f
0::/docker/1f
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(V1, ("memory", "/docker/1f"), id="version 1"),
        pytest.param(
            "0::/system.slice/docker-1f.scope\n", ("", "/system.slice/docker-1f.scope"), id="version 2"
        ),
        pytest.param("3:cpu,memory:/a:b\n0::/\n", ("memory", "/a:b"), id="two controllers, and a colon"),
    ],
)
def test_memory_cgroup(text: str, expected: tuple[str, str]):
    assert memory_cgroup(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("anon 3\nfile 90\nkernel 4\nshmem 2\n", 5, id="version 2, where shmem is part of file"),
        pytest.param(
            "cache 9\nrss 1\nshmem 1\ntotal_cache 9\ntotal_rss 3\ntotal_shmem 2\n", 5, id="version 1"
        ),
    ],
)
def test_held_bytes(text: str, expected: int):
    assert held_bytes(text) == expected


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param([100], False, id="one says nothing"),
        pytest.param([80, 90, 100, 100.1, 100.2, 100.3], True, id="the last ones count"),
        pytest.param([100, 100, 100, 102], False, id="still growing"),
    ],
)
def test_is_settled(readings: list[float], expected: bool):
    assert is_settled(readings) is expected
