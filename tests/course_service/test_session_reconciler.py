"""What the reconciler asks of a real HTTP server, and what it says; `test_reconciler_events` has the rest."""

from __future__ import annotations

import pytest

from course_service.errors import HubUnavailable
from course_service.hub_servers import HubServers
from course_service.session_reconciler import SessionReconciler
from spawner.errors import EngineUnavailable
from spawner.labels import is_session_name, session_name
from spawner.session_remains import SessionRemains

from .hub_stand_in import HubStandIn


class LostMachine(SessionRemains):
    """An engine that does not answer."""

    def list_sessions(self) -> set[str]:
        raise EngineUnavailable("no answer")


@pytest.fixture
async def hub():
    """A hub without servers."""
    hub = HubStandIn()
    yield hub
    hub.stop()


async def test_a_learner_whose_server_starts_stops_or_is_looked_at_owns_it(hub):
    servers = HubServers(hub.api_url, "any")
    for user, pending in {"ann": None, "o'brien": "spawn", "ben": "stop", "cem": "check"}.items():
        hub.start_server(user, pending=pending)
        assert await servers.has_server(user)
    assert await servers.list_owners() == {"ann", "o'brien", "ben", "cem"}
    assert not await servers.has_server("dia")
    assert not await servers.has_server("unknown"), "the hub has no such user"


async def test_a_hub_that_does_not_tell_is_not_a_hub_without_servers(hub):
    servers = HubServers(hub.api_url, "any")
    hub.user_model = lambda name: {"kind": "user", "name": name}
    with pytest.raises(HubUnavailable):
        await servers.has_server("ann")
    hub.is_up = False
    with pytest.raises(HubUnavailable):
        await servers.has_server("ann")
    with pytest.raises(HubUnavailable):
        await servers.list_owners()


async def test_what_is_wrong_is_said_once_for_as_long_as_it_lasts(hub, tmp_path, caplog):
    machine = LostMachine(tmp_path, "lab")
    reconciler = SessionReconciler(HubServers(hub.api_url, "any"), machine, instance="lab")
    for _ in range(2):
        await reconciler.try_to_look()
    assert [record.message for record in caplog.records] == [
        "What ended sessions left cannot be removed yet: no answer"
    ]


@pytest.mark.parametrize("user", ["ann", "o'brien", "a.b-c_d", "zoë", "octocat.583231"])
def test_a_sessions_name_tells_its_learner(user: str):
    assert is_session_name("lab", session_name("lab", user))


@pytest.mark.parametrize(
    "name",
    [
        "lab-session-Ann",
        "lab-session-o'brien",
        "lab-session-a-zz",
        "lab-session-a-ff",
        "other-session-ann",
        "trial-77",
    ],
)
def test_no_learners_session_has_another_name(name: str):
    assert not is_session_name("lab", name)
