"""What squid lets through and what it limits, by squid itself with stand-ins for names and registries."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from hub_config.settings import Settings
from operator_cli import egress_proxy as proxy_module
from operator_cli.egress_config import render_config
from operator_cli.egress_proxy import egress_proxy
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for
from tests.operator_cli.egress_stand_ins import Names, Registry, ask, asking, fresh_address, serving

pytestmark = pytest.mark.engine  # root, and squid

OK, REFUSED, TOO_MANY = 200, 403, 429
CONNECTIONS = 3
AT_ONCE_SECONDS = 5  # a name that is looked up in vain, or an address that is tried, takes longer
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def mirror() -> Iterator[Registry]:
    """A registry at an address that the setting allows."""
    registry = Registry(payload=b"x" * (2 * MEGABYTE))
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def inside() -> Iterator[Registry]:
    """A service of this machine that nobody may reach."""
    registry = Registry()
    yield registry
    registry.close()


@pytest.fixture(scope="module")
def names() -> Iterator[Names]:
    """The name server that squid asks."""
    with serving(Names()) as names:
        yield names


@pytest.fixture(scope="module")
def port(
    tmp_path_factory: pytest.TempPathFactory, mirror: Registry, inside: Registry, names: Names
) -> Iterator[int]:
    """A running proxy with small limits, for clients of 127.9.0.0/16."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    settings = Settings(
        state_dir=tmp_path_factory.mktemp("egress"),
        egress_port=free,
        session_networks=ipaddress.IPv4Network("127.9.0.0/16"),
        egress_hosts=("mirror.test", "inside.test", "mixed.test", "rebound.test"),
        egress_private=(ipaddress.ip_network(mirror.address),),
        egress_connections=CONNECTIONS,
        egress_rate_mb=1,
    )
    names.answers = {
        "mirror.test": [[mirror.address]],
        "inside.test": [[inside.address]],
        "mixed.test": [[mirror.address, inside.address]],
    }

    def with_our_names(*arguments):
        return f"{render_config(*arguments)}dns_nameservers {names.address}\nhosts_file none\n"

    progress = Progress()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proxy_module, "render_config", with_our_names)
        with egress_proxy(settings, Packages(progress), progress):
            yield free


@pytest.fixture
def client() -> str:
    """The address of a session that has nothing open."""
    return f"127.9.{secrets.randbelow(256)}.{2 + 8 * secrets.randbelow(31)}"


@pytest.fixture
def neighbour(client: str) -> str:
    """The address of another session."""
    return str(ipaddress.IPv4Address(client) + 4)


def test_a_listed_name_at_an_allowed_address_is_reached(port: int, client: str):
    with asking(port, "mirror.test:443", client=client) as answer:
        assert (answer.status, answer.read(1)) == (OK, b"x")


@pytest.mark.parametrize("name", ["inside.test", "mixed.test"])
def test_a_listed_name_at_an_address_of_this_machine_is_not(
    port: int, client: str, inside: Registry, name: str
):
    answer = ask(port, f"{name}:443", client=client)
    assert answer.status == REFUSED
    assert answer.text.startswith(f"{name} is on this course's list, but its address is a private one")
    assert inside.callers == 0


def test_a_name_that_changes_its_address_gains_nothing(
    port: int, client: str, names: Names, mirror: Registry, inside: Registry
):
    names.answers["rebound.test"] = [[mirror.address], [inside.address]]  # with a TTL of 0
    for _ in range(2):
        with asking(port, "rebound.test:443", client=client) as answer:
            assert (answer.status, answer.read(1)) == (OK, b"x")
    assert inside.callers == 0


def test_an_address_is_not_listed_by_what_its_owner_calls_it(
    port: int, client: str, names: Names, mirror: Registry
):
    pointer = ipaddress.ip_address(mirror.address).reverse_pointer
    names.answers[pointer] = [["mirror.test"]]
    assert ask(port, f"{mirror.address}:443", client=client).status == REFUSED


def test_an_unlisted_name_is_refused_at_once_in_plain_words(port: int, client: str):
    answer = ask(port, "github.com:443", client=client)
    assert answer.status == REFUSED
    assert answer.text.startswith(
        "github.com is not on this course's list of package registries: mirror.test,"
    )
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "squid" not in f"{answer.headers}{answer.text}".lower()
    assert answer.seconds < AT_ONCE_SECONDS


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("CONNECT", "mirror.test:22"),
        ("CONNECT", "mirror.test:80"),
        ("GET", "http://mirror.test:8080/"),
        ("GET", "http://mirror.test:443/"),
        ("GET", "https://mirror.test/"),
        ("GET", "ftp://mirror.test/"),
        ("GET", "ftp://mirror.test:80/"),
        ("POST", "http://mirror.test/"),
        ("PURGE", "http://mirror.test/"),
        ("GET", "http://mirror.test/squid-internal-mgr/info"),
        ("GET", "cache_object://mirror.test/info"),
        ("GET", "/squid-internal-mgr/info"),
    ],
)
def test_nothing_else_is_offered(port: int, client: str, method: str, target: str):
    assert ask(port, target, client=client, method=method).status == REFUSED


def test_who_is_no_session_is_refused(port: int):
    assert ask(port, "mirror.test:443", client=fresh_address()).status == REFUSED


def test_one_connection_too_many_is_told_so_and_the_neighbour_is_not(port: int, client: str, neighbour: str):
    with ExitStack() as held:
        statuses = [
            held.enter_context(asking(port, "mirror.test:443", client=client)).status
            for _ in range(CONNECTIONS)
        ]
        assert statuses == [OK] * CONNECTIONS
        refused = ask(port, "mirror.test:443", client=client)
        assert refused.status == TOO_MANY
        assert refused.text.startswith("Your session has more than 3 connections to package registries open")
        assert refused.seconds < AT_ONCE_SECONDS
        assert ask(port, "mirror.test:443", client=neighbour).status == OK
    assert wait_for(lambda: ask(port, "mirror.test:443", client=client).status == OK, 5)


def test_connections_that_ask_nothing_keep_no_place(port: int, client: str, neighbour: str):
    with ExitStack() as held:
        silent = [
            held.enter_context(
                socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(client, 0))
            )
            for _ in range(4 * CONNECTIONS)
        ]
        silent[-1].settimeout(5)
        assert silent[-1].recv(1) == b""
        assert ask(port, "mirror.test:443", client=neighbour).status == OK


def test_a_session_downloads_at_its_rate_and_the_neighbour_at_its_own(port: int, client: str, neighbour: str):
    began = time.monotonic()
    with (
        asking(port, "mirror.test:443", client=client) as mine,
        asking(port, "mirror.test:443", client=neighbour) as other,
    ):
        for answer in (mine, other):
            answer.read(MEGABYTE)
    seconds = time.monotonic() - began
    assert 0.3 < seconds < 1.9  # half a megabyte is there at first, and two together would take 2 s at least
