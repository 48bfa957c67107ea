"""Everybody's sessions over HTTP, for course staff and for services of the hub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from course_service.database import open_engine
from course_service.orm import AuditEvent

from .running_service import serve_course
from .sandbox_stand_ins import WillingSandbox

STAFF = ["staff-token", "operator-token"]


@pytest.fixture
async def service(settings, store):
    """Alice and o'brien have sessions, alice for longer; cem and dia wait for a place."""
    async with serve_course(settings, store, WillingSandbox()) as service:
        service.hub.start_server("alice", datetime.now(UTC) - timedelta(minutes=20))
        service.hub.start_server("o'brien")
        for place, name in ((2, "dia"), (1, "cem")):
            service.hub.wait_for_place(name, place)
        yield service


@pytest.mark.parametrize("token", STAFF)
async def test_staff_see_who_works_and_who_waits(service, token):
    answer = (await service.get("api/sessions", token)).json()
    assert [(one["user"], one["state"], one["extensions"]) for one in answer["sessions"]] == [
        ("alice", "running", 0),
        ("o'brien", "running", 0),
    ]
    assert 590 < answer["sessions"][0]["seconds_left"] <= 600
    assert answer["waiting"] == [
        {"user": "cem", "place": 1, "expected_seconds": 60},
        {"user": "dia", "place": 2, "expected_seconds": 120},
    ]


@pytest.mark.parametrize("token", STAFF)
async def test_staff_extend_and_end_one_session_and_leave_the_others(service, token):
    extended = await service.ask("POST", "api/sessions/alice/extend", token)
    assert 1490 < extended.json()["seconds_left"] <= 1500
    ended = await service.ask("POST", "api/sessions/alice/end", token)
    assert (ended.json()["user"], ended.json()["state"]) == ("alice", "ending")
    assert set(service.hub.servers) == {"o'brien", "cem", "dia"}


async def test_a_session_that_was_started_meanwhile_is_not_ended_in_the_place_of_the_one_before(service):
    (seen, _) = (await service.get("api/sessions", "staff-token")).json()["sessions"]
    service.hub.start_server("alice")
    for started_at, status in ((seen["started_at"], 404), ("yesterday", 400)):
        answer = await service.ask(
            "POST", "api/sessions/alice/end", "staff-token", params={"started_at": started_at}
        )
        assert answer.status_code == status
    assert "alice" in service.hub.servers
    (_, new) = (await service.get("api/sessions", "staff-token")).json()["sessions"]
    ended = await service.ask(
        "POST", "api/sessions/alice/end", "staff-token", params={"started_at": new["started_at"]}
    )
    assert (ended.status_code, "alice" in service.hub.servers) == (200, False)


async def test_staff_extend_and_end_all(service):
    for _ in range(9):
        await service.ask("POST", "api/sessions/alice/extend", "staff-token")
    answer = (await service.ask("POST", "api/sessions/extend", "staff-token")).json()
    assert [one["user"] for one in answer["sessions"]] == ["o'brien"]
    assert answer["refused"] == [{"user": "alice", "message": "No session lasts longer than 165 minutes."}]
    answer = (await service.ask("POST", "api/sessions/end", "staff-token")).json()
    assert {one["user"]: one["state"] for one in answer["sessions"]} == {
        "alice": "ending",
        "o'brien": "ending",
    }
    assert set(service.hub.servers) == {"cem", "dia"}, "who waits goes on waiting"


@pytest.mark.parametrize("action", ["extend", "end"])
async def test_a_mistyped_name_is_told_from_a_learner_without_a_session(service, action):
    for name, code in (("unknown", "learner_not_found"), ("bob", "session_not_found")):
        answer = await service.ask("POST", f"api/sessions/{name}/{action}", "operator-token")
        assert (answer.status_code, answer.json()["code"]) == (404, code)
        assert name in answer.json()["message"]


@pytest.mark.parametrize(
    "path", ["sessions", "sessions/extend", "sessions/end", "sessions/alice/extend", "sessions/alice/end"]
)
async def test_learners_and_services_without_the_scope_may_not(service, path):
    method = "GET" if path == "sessions" else "POST"
    for token in ("alice-token", "service-token"):
        refused = await service.ask(method, f"api/{path}", token)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert len(service.hub.servers) == 4


async def test_what_was_done_is_written_down_with_who_did_it(service, settings):
    await service.ask("POST", "api/sessions/alice/extend", "operator-token")
    await service.ask("POST", "api/sessions/alice/end", "staff-token")
    await service.ask("POST", "api/sessions/o%27brien/end", "idle-culler-token")
    engine = open_engine(settings.course_db_url)
    with Session(engine) as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    engine.dispose()
    assert [(one.actor, one.action, one.details.get("reason")) for one in events] == [
        ("service/operator", "session_extended", None),
        ("teacher", "session_end_ordered", "staff"),
        ("service/idle-culler", "session_end_ordered", "idle"),
    ]
