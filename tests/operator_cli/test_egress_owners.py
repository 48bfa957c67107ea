"""Whose an address was when a connection began, although addresses are given again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from operator_cli.egress_owners import KEPT_SECONDS, THIS_MACHINE, NetworkOwners
from spawner.errors import EngineUnavailable

START = 1_800_000_000.0


class Engine:
    """Networks as the engine lists them, at a time that the test sets."""

    def __init__(self) -> None:
        self.networks: list[dict[str, object]] = []
        self.now = START
        self.calls = 0
        self.answers = True

    def make(self, owner: str, subnet: str, created: float) -> None:
        stamp = datetime.fromtimestamp(created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
        self.networks.append(
            {
                "Id": f"{owner}-{created}",
                "Name": f"course-session-{owner}",
                "Created": stamp,
                "Labels": {"containrlab.owner": owner, "containrlab.role": "session"},
                "IPAM": {"Config": [{"Subnet": subnet}]},
            }
        )

    def list(self) -> list[dict[str, object]]:
        self.calls += 1
        if not self.answers:
            raise EngineUnavailable("down")
        return self.networks

    def clock(self) -> float:
        return self.now


@pytest.fixture
def engine() -> Engine:
    """An engine with one session, alice's."""
    engine = Engine()
    engine.make("alice", "10.213.0.0/29", START - 60)
    return engine


@pytest.fixture
def owners(engine: Engine) -> NetworkOwners:
    """What is known of it."""
    return NetworkOwners(engine.list, engine.clock)


def name_of(owners: NetworkOwners, address: str, began: float) -> str | None:
    owner = owners.find(address, began)
    return owner.name if owner else None


def test_an_owner_is_found(owners: NetworkOwners):
    owner = owners.find("10.213.0.2", START)
    assert owner is not None
    assert (owner.name, owner.role, owner.network) == ("alice", "session", "course-session-alice")


def test_the_engine_is_asked_again_only_for_what_began_since(owners: NetworkOwners, engine: Engine):
    for _ in range(3):
        owners.find("10.213.0.2", START - 1)
    assert engine.calls == 1
    owners.find("10.213.0.2", START + 1)
    assert engine.calls == 2


def test_whose_a_network_was_is_known_when_its_container_has_gone(owners: NetworkOwners, engine: Engine):
    owners.refresh()
    engine.networks[0]["Labels"] |= {"containrlab.owner": ""}
    owners.refresh()
    assert name_of(owners, "10.213.0.2", START) == "alice"


def test_who_has_ended_is_still_known(owners: NetworkOwners, engine: Engine):
    owners.refresh()
    engine.networks.clear()
    engine.now += 600
    owners.refresh()
    assert name_of(owners, "10.213.0.2", START) == "alice"


def test_an_address_given_again_is_whose_it_was_then(owners: NetworkOwners, engine: Engine):
    owners.refresh()
    engine.networks.clear()
    engine.make("bob", "10.213.0.0/29", START + 10)
    engine.now = START + 20
    assert name_of(owners, "10.213.0.2", START + 15) == "bob"
    assert name_of(owners, "10.213.0.2", START + 5) == "alice"  # a long tunnel, logged when it ended


def test_what_ended_long_ago_is_forgotten(owners: NetworkOwners, engine: Engine):
    owners.refresh()
    engine.networks.clear()
    engine.now += KEPT_SECONDS + 1
    owners.refresh()
    assert name_of(owners, "10.213.0.2", START) is None


def test_an_engine_that_is_down_takes_nothing_away(owners: NetworkOwners, engine: Engine):
    owners.refresh()
    engine.answers = False
    assert name_of(owners, "10.213.0.2", START + 5) == "alice"


@pytest.mark.parametrize("address", ["10.213.0.9", "::ffff", "-", "nonsense"])
def test_nobodys(owners: NetworkOwners, address: str):
    assert owners.find(address, START) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_this_machine(owners: NetworkOwners, address: str):
    assert owners.find(address, START) is THIS_MACHINE
