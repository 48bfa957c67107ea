"""The egress proxy's life, and what a course's own settings let through to real registries."""

from __future__ import annotations

import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from hub_config.settings import Settings
from operator_cli import egress_log
from operator_cli import egress_proxy as proxy_module
from operator_cli.egress_proxy import egress_proxy
from operator_cli.errors import EgressProxyFailed, PortInUse
from operator_cli.listeners import find_listener
from operator_cli.packages import Packages
from operator_cli.ports import answers, is_free
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for
from spawner.labels import Role, make_labels
from spawner.session_network import create_session_network, remove_session_network
from spawner.session_policy import Egress
from tests.operator_cli.egress_stand_ins import ask, asking

CONNECTED, REFUSED = 200, 403

START_AND_DIE = """
import os
from hub_config.settings import load_settings
from operator_cli.egress_proxy import egress_proxy
from operator_cli.listeners import find_listener
from operator_cli.packages import Packages
from operator_cli.progress import Progress
progress = Progress()
with egress_proxy(load_settings(), Packages(progress), progress):
    os._exit(9)
"""


@pytest.fixture(scope="module")
def registries_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a proxy as a course has it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = Settings(state_dir=tmp_path_factory.mktemp("egress"), egress_port=port)
    progress = Progress()
    with egress_proxy(settings, Packages(progress), progress):
        yield port


@pytest.fixture
def proxy_port(settings: Settings, packages: Packages, progress: Progress) -> Iterator[int]:
    """The port of a running egress proxy."""
    with egress_proxy(settings, packages, progress):
        yield settings.egress_port


@pytest.mark.engine
@pytest.mark.parametrize(
    "target", ["pypi.org:443", "files.pythonhosted.org:443", "registry.npmjs.org:443", "PyPI.org:443"]
)
def test_package_registries_are_reached(registries_port: int, target: str):
    assert ask(registries_port, target).status == CONNECTED


@pytest.mark.engine
@pytest.mark.parametrize(
    "target",
    [
        "github.com:443",
        pytest.param("pypi.org:22", id="another port of an allowed host"),
        pytest.param("xpypi.org:443", id="a name that ends like an allowed one"),
        pytest.param("pypi.org.example.com:443", id="a name that begins like an allowed one"),
        pytest.param("pypixorg:443", id="a dot is a dot"),
        "localhost:443",
        "127.0.0.1:443",
        "169.254.169.254:443",
        "[::1]:443",
    ],
)
def test_all_else_is_refused(registries_port: int, target: str):
    assert ask(registries_port, target).status == REFUSED


@pytest.mark.engine
@pytest.mark.parametrize(
    ("url", "status"),
    [("http://deb.debian.org/debian/dists/trixie/InRelease", 200), ("http://127.0.0.1:9/", REFUSED)],
)
def test_plain_http_by_the_same_list(registries_port: int, url: str, status: int):
    connection = http.client.HTTPConnection("127.0.0.1", registries_port, timeout=30)
    try:
        connection.request("HEAD", url)
        assert connection.getresponse().status == status
    finally:
        connection.close()


@pytest.mark.engine
def test_it_runs_as_its_own_user_with_no_rights(proxy_port: int, settings: Settings):
    status = Path(f"/proc/{_pid(settings)}/status").read_text(encoding="ascii")
    field = dict(re.findall(r"^(\w+):\s+(.*)$", status, re.MULTILINE))
    assert "0" not in field["Uid"].split() + field["Gid"].split() + field["Groups"].split()
    assert int(field["CapEff"], 16) == int(field["CapPrm"], 16) == 0
    assert field["NoNewPrivs"] == "1"


@pytest.mark.engine
def test_doctor_knows_whose_it_is(proxy_port: int, settings: Settings):
    listener = find_listener(proxy_port)
    assert listener is not None
    assert listener.belongs_to(settings.state_dir)


@pytest.mark.engine
def test_the_log_has_each_connection_with_its_owner(
    settings: Settings, packages: Packages, progress: Progress, clean_engine: docker.APIClient
):
    network = create_session_network(
        clean_engine,
        name=f"{settings.instance}-session-alice",
        bridge_prefix=settings.bridge_prefix,
        block=settings.session_networks,
        labels=make_labels(settings.instance, Role.SESSION, "o'brien"),
        egress=Egress.PACKAGES,
    )
    try:
        with (
            egress_proxy(settings, packages, progress),
            # From the gateway's own address, which is of the session's network as the session's would be.
            asking(settings.egress_port, "pypi.org:443", client=network.gateway) as tunnel,
        ):
            assert tunnel.status == CONNECTED
            assert ask(settings.egress_port, "github.com:443", client=network.gateway).status == REFUSED
            assert wait_for(lambda: "github.com" in _log_text(settings), 10)
            remove_session_network(clean_engine, network.name, instance=settings.instance)
    finally:
        remove_session_network(clean_engine, network.name, instance=settings.instance)
    seen = [(line["owner"], line["role"], line["host"], line["outcome"]) for line in _log(settings)]
    assert ("o'brien", "session", "pypi.org", "allowed") in seen
    assert ("o'brien", "session", "github.com", "refused") in seen


@pytest.mark.engine
def test_squid_begins_a_new_file_when_its_own_is_full(
    settings: Settings, packages: Packages, progress: Progress, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(egress_log, "RAW_BYTES", 1)
    with egress_proxy(settings, packages, progress):
        logs = Path(f"/run/containrlab-egress-{settings.egress_port}/log")
        first = (logs / "access.raw").stat().st_ino
        for number in range(3):
            ask(settings.egress_port, f"host-{number}.example:443")
        assert wait_for(lambda: [file.stat().st_ino for file in logs.iterdir()] not in ([], [first]), 10)
        assert wait_for(lambda: [file.name for file in logs.iterdir()] == ["access.raw"], 10)
        ask(settings.egress_port, "last.example:443")
    hosts = [line["host"] for line in _log(settings) if line["outcome"] == "refused"]
    assert hosts == ["host-0.example", "host-1.example", "host-2.example", "last.example"]


@pytest.mark.engine
def test_what_squid_does_not_accept_is_shown(
    settings: Settings, packages: Packages, progress: Progress, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(proxy_module, "render_config", lambda *_: "http_access deny no_such_acl\n")
    with (
        pytest.raises(EgressProxyFailed, match="configuration is not accepted") as error,
        egress_proxy(settings, packages, progress),
    ):
        pass
    assert any("no_such_acl" in line for line in error.value.log_tail)
    folder = Path(f"/run/containrlab-egress-{settings.egress_port}")  # kept, for the remedy needs it
    assert (folder / "squid.conf").exists()
    shutil.rmtree(folder)


@pytest.mark.engine
def test_it_is_started_again_when_it_dies(proxy_port: int, settings: Settings, told: io.StringIO):
    first = _pid(settings)
    os.kill(first, signal.SIGKILL)
    assert wait_for(lambda: _pid(settings) != first and answers(proxy_port), 10)
    assert "The egress proxy has died; starting it again" in told.getvalue()


@pytest.mark.engine
def test_the_last_user_ends_it(settings: Settings, packages: Packages, progress: Progress):
    with egress_proxy(settings, packages, progress):
        first = _pid(settings)
        with egress_proxy(settings, packages, progress):
            assert _pid(settings) == first
        assert answers(settings.egress_port)
    assert wait_for(lambda: is_free(settings.egress_port), 5)
    assert not Path(f"/run/containrlab-egress-{settings.egress_port}").exists()


@pytest.mark.engine
def test_what_a_killed_command_left_is_taken_over_with_our_settings(
    settings: Settings, packages: Packages, progress: Progress
):
    left = subprocess.run(
        [sys.executable, "-c", START_AND_DIE],
        env={
            **os.environ,
            "CONTAINRLAB_STATE_DIR": str(settings.state_dir),
            "CONTAINRLAB_EGRESS_PORT": str(settings.egress_port),
        },
        check=False,
    )
    assert left.returncode == 9
    assert ask(settings.egress_port, "registry.npmjs.org:443").status == CONNECTED
    with egress_proxy(replace(settings, egress_hosts=("pypi.org",)), packages, progress):
        assert ask(settings.egress_port, "registry.npmjs.org:443").status == REFUSED
    assert wait_for(lambda: is_free(settings.egress_port), 5)


@pytest.mark.engine
def test_a_port_that_is_taken_is_named(settings: Settings, packages: Packages, progress: Progress):
    with socket.create_server(("", settings.egress_port)):
        with (
            pytest.raises(PortInUse, match=f"Port {settings.egress_port}"),
            egress_proxy(settings, packages, progress),
        ):
            pass
        # `containrlab judge` takes whatever proxy answers.
        with egress_proxy(settings, packages, progress, accept_other=True):
            assert not (settings.state_dir / "egress-proxy.pid").exists()


def _pid(settings: Settings) -> int:
    return int((settings.state_dir / "egress-proxy.pid").read_text(encoding="ascii"))


def _log(settings: Settings) -> list[dict[str, object]]:
    return [json.loads(line) for line in _log_text(settings).splitlines()]


def _log_text(settings: Settings) -> str:
    file = settings.state_dir / egress_log.LOG_NAME
    return file.read_text(encoding="ascii") if file.exists() else ""
