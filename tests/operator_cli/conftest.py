"""Settings of an instance of the tests' own, and the promise that nothing of it is left behind."""

from __future__ import annotations

import io
import ipaddress
import random
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from rich.console import Console

from hub_config.settings import Settings
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from tests.free_ports import free_ports

BRIDGE_PREFIX = "q" + random.choice(string.ascii_lowercase + string.digits)
"""Another for each run: two on a machine do not replace one another's firewall."""


@pytest.fixture(scope="session")
def instance() -> str:
    """Not the other tests' instance: what is left of ours is counted."""
    return "containrlab-test-operator"


@pytest.fixture
def settings(tmp_path: Path, instance: str) -> Settings:
    """Settings that touch neither a running course nor another test."""
    return make_settings(tmp_path / "state", instance)


def make_settings(state_dir: Path, instance: str) -> Settings:
    ports = free_ports(5)
    return Settings(
        instance=instance,
        state_dir=state_dir,
        bridge_prefix=BRIDGE_PREFIX,
        session_networks=ipaddress.IPv4Network("10.215.0.0/16"),
        port=ports[0],
        hub_port=ports[1],
        proxy_api_port=ports[2],
        course_port=ports[3],
        egress_port=ports[4],
    )


@pytest.fixture
def told() -> io.StringIO:
    """What the progress said."""
    return io.StringIO()


@pytest.fixture
def progress(told: io.StringIO) -> Progress:
    """Progress as a log shows it."""
    return Progress(Console(file=told, width=200))


@pytest.fixture
def packages(progress: Progress) -> Packages:
    """The machine's package manager."""
    return Packages(progress)


@pytest.fixture
def clean_firewall() -> Iterator[None]:
    """For a test that loads our table: it goes at the end, and every table but courses' is as before."""
    before = _tables()
    yield
    table = f"inet containrlab_{BRIDGE_PREFIX}"
    subprocess.run(["nft", f"table {table}; delete table {table}"], check=True)
    assert _tables() == before


@pytest.fixture
def as_operator(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    clean_engine: docker.APIClient,
    clean_firewall: None,
    image_store: str,
) -> Iterator[None]:
    """This process's environment as an operator of the test instance has it."""
    for name, value in {
        "CONTAINRLAB_INSTANCE": settings.instance,
        "CONTAINRLAB_STATE_DIR": str(settings.state_dir),
        "CONTAINRLAB_BRIDGE_PREFIX": settings.bridge_prefix,
        "CONTAINRLAB_SESSION_NETWORKS": str(settings.session_networks),
        "CONTAINRLAB_EGRESS_PORT": str(settings.egress_port),
    }.items():
        monkeypatch.setenv(name, value)
    return


def _tables() -> list[str]:
    listed = subprocess.run(["nft", "list", "tables"], check=True, capture_output=True, text=True)
    return sorted(
        line for line in listed.stdout.splitlines() if not line.startswith("table inet containrlab_")
    )
