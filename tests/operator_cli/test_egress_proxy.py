"""The egress proxy: its configuration by tables, and tinyproxy itself for what it lets through."""

from __future__ import annotations

import http.client
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from hub_config.settings import SettingError, Settings
from operator_cli.egress_proxy import egress_proxy, render_config, render_filter
from operator_cli.errors import PortInUse
from operator_cli.packages import Packages
from operator_cli.ports import answers, is_free
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for

CONNECTED, FILTERED = 200, 403

START_AND_DIE = """
import os
from hub_config.settings import load_settings
from operator_cli.egress_proxy import egress_proxy
from operator_cli.packages import Packages
from operator_cli.progress import Progress
progress = Progress()
with egress_proxy(load_settings(), Packages(progress), progress):
    os._exit(9)
"""


@pytest.mark.parametrize(
    "line",
    [
        "Port 8083",
        "Allow 10.213.0.0/16",
        "Allow 127.0.0.1",
        "FilterDefaultDeny Yes",
        "FilterExtended On",
        "FilterURLs Off",
        "ConnectPort 443",
        "User containrlab-egress",
        'Filter "/state/allowed"',
    ],
)
def test_config_has(line: str):
    assert line in render_config(Settings(), "/state/allowed").splitlines()


def test_nothing_else_is_allowed():
    lines = render_config(Settings(), "/state/allowed").splitlines()
    assert [line for line in lines if line.startswith("Allow")] == [
        "Allow 127.0.0.1",
        "Allow 10.213.0.0/16",
    ]


def test_filter_is_exact():
    assert render_filter(("pypi.org", "a-b.example.org")) == "^pypi[.]org$\n^a-b[.]example[.]org$\n"


@pytest.mark.parametrize("host", [".*", "pypi.org\n.*", "", "-x", "a b", "pypi.org|.*", "*.pypi.org"])
def test_what_is_no_host_name_is_refused(host: str):
    with pytest.raises(SettingError, match="CONTAINRLAB_EGRESS_HOSTS"):
        render_filter((host,))


@pytest.fixture
def proxy_port(settings: Settings, packages: Packages, progress: Progress) -> Iterator[int]:
    """The port of a running egress proxy."""
    with egress_proxy(settings, packages, progress):
        yield settings.egress_port


def connect_through(port: int, target: str) -> int:
    """The proxy's status for ``CONNECT target``."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        with http.client.HTTPResponse(connection) as answer:
            answer.begin()
            return answer.status


@pytest.mark.engine
@pytest.mark.parametrize(
    "target", ["pypi.org:443", "files.pythonhosted.org:443", "registry.npmjs.org:443", "PyPI.org:443"]
)
def test_package_registries_are_reached(proxy_port: int, target: str):
    assert connect_through(proxy_port, target) == CONNECTED


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
def test_all_else_is_refused(proxy_port: int, target: str):
    assert connect_through(proxy_port, target) == FILTERED


@pytest.mark.engine
@pytest.mark.parametrize(
    ("url", "status"),
    [("http://deb.debian.org/debian/dists/trixie/InRelease", 200), ("http://127.0.0.1:9/", FILTERED)],
)
def test_plain_http_by_the_same_list(proxy_port: int, url: str, status: int):
    connection = http.client.HTTPConnection("127.0.0.1", proxy_port, timeout=30)
    try:
        connection.request("HEAD", url)
        assert connection.getresponse().status == status
    finally:
        connection.close()


@pytest.mark.engine
def test_it_runs_as_its_own_user(proxy_port: int, settings: Settings):
    pid = _pid(settings)
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        uids = next(line for line in status if line.startswith("Uid:")).split()[1:]
    assert "0" not in uids


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
    assert connect_through(settings.egress_port, "registry.npmjs.org:443") == CONNECTED
    with egress_proxy(replace(settings, egress_hosts=("pypi.org",)), packages, progress):
        assert connect_through(settings.egress_port, "registry.npmjs.org:443") == FILTERED
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
