"""A learner's session over HTTP: its time, and more of it within the course's policy."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from .running_service import serve_course
from .sandbox_stand_ins import WillingSandbox


@pytest.fixture
async def service(settings, store):
    """The course service, listening; alice's session began eleven minutes before its end."""
    async with serve_course(settings, store, WillingSandbox()) as service:
        service.hub.start_server("alice", datetime.now(UTC) - timedelta(minutes=19, seconds=30))
        yield service


async def test_the_session_is_told_with_the_services_own_time(service):
    session = (await service.get("api/session")).json()
    times = {key: datetime.fromisoformat(session[key]) for key in ("started_at", "expires_at", "now")}
    assert times["expires_at"] - times["started_at"] == timedelta(minutes=30)
    assert session["seconds_left"] == (times["expires_at"] - times["now"]).total_seconds()
    assert abs(datetime.now(UTC) - times["now"]) < timedelta(minutes=1)
    assert (session["warning"], session["warnings"]) == (None, [10, 5, 1])
    assert (session["extensions_left"], session["extension_minutes"]) == (1, 15.0)


async def test_a_session_is_extended_once_and_then_refused_in_a_sentence(service):
    before = (await service.get("api/session")).json()
    extended = await service.ask("POST", "api/session/extend")
    assert extended.status_code == 200
    ends = datetime.fromisoformat(extended.json()["expires_at"])
    assert ends - datetime.fromisoformat(before["expires_at"]) == timedelta(minutes=15)
    refused = await service.ask("POST", "api/session/extend")
    assert (refused.status_code, refused.json()["code"]) == (409, "extension_refused")
    assert "can be extended once" in refused.json()["message"]
    assert (await service.get("api/session")).json()["expires_at"] == extended.json()["expires_at"]


async def test_the_next_session_has_a_whole_time_and_extension_of_its_own(service):
    await service.ask("POST", "api/session/extend")
    service.hub.start_server("alice")
    session = (await service.get("api/session")).json()
    assert 1700 < session["seconds_left"] <= 1800
    assert session["extensions_left"] == 1


async def test_a_token_of_no_server_extends_nothing(service):
    service.hub.start_server("carol")
    assert (await service.get("api/session", "no-server-token")).status_code == 200
    refused = await service.ask("POST", "api/session/extend", "no-server-token")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(("method", "path"), [("GET", "api/session"), ("POST", "api/session/extend")])
async def test_who_asks_without_session_token_or_hub_is_told_so(service, method, path):
    nothing = await service.ask(method, path, "o'brien-token")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "session_not_found")
    assert nothing.json().get("last_session") is None
    for token in ("", "unknown-token", "no-scope-token", "service-token", "operator-token"):
        assert (await service.ask(method, path, token)).status_code == 403
    await service.get("api/me")  # the hub's word on the token is kept for a moment
    service.hub.is_up = False
    down = await service.ask(method, path)
    assert (down.status_code, down.json()["code"]) == (503, "hub_unavailable")


async def test_nobody_has_more_time_while_others_wait_for_a_place(service):
    service.hub.wait_for_place("bob", 1)
    refused = await service.ask("POST", "api/session/extend")
    assert (refused.status_code, refused.json()["code"]) == (409, "extension_refused")
    assert "Another learner waits for a place" in refused.json()["message"]
    assert (await service.ask("POST", "api/sessions/alice/extend", "staff-token")).status_code == 200
    del service.hub.servers["bob"]
    assert (await service.ask("POST", "api/session/extend")).status_code == 200


@pytest.mark.parametrize(
    ("token", "reason", "said"),
    [
        ("staff-token", "staff", "by your course staff"),
        ("operator-token", "staff", "by your course staff"),
        ("idle-culler-token", "idle", "nothing happened in it any more"),
        (None, "gone", "was stopped, or ended by itself"),
    ],
)
async def test_who_comes_back_is_told_how_the_last_session_ended(service, token, reason, said):
    running = (await service.get("api/session")).json()
    if token:
        await service.ask("POST", "api/sessions/alice/end", token)
    else:
        service.hub.servers.clear()
    async with asyncio.TaskGroup() as ends:
        await service.watch.look(ends)
    answer = await service.get("api/session")
    last = answer.json()["last_session"]
    assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert (last["session_id"], last["started_at"]) == (running["session_id"], running["started_at"])
    assert datetime.fromisoformat(last["ended_at"]) > datetime.fromisoformat(last["started_at"])
    assert last["end_reason"] == reason
    assert said in last["message"]
    assert last["message"].endswith("Your files are kept.")


async def test_the_deadline_is_told_with_what_the_session_was_given(service):
    service.hub.start_server("alice", datetime.now(UTC) - timedelta(minutes=31))
    for _ in range(2):
        async with asyncio.TaskGroup() as ends:
            await service.watch.look(ends)
    last = (await service.get("api/session")).json()["last_session"]
    assert last["message"] == "Your session ended because its 30 minutes were over. Your files are kept."
