"""Sessions keep their time in the database, whoever writes or asks at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from course_service.database import open_engine
from course_service.errors import ExtensionRefused
from course_service.orm import AuditEvent
from course_service.session_clock import ClockPolicy
from course_service.session_store import EndReason, SessionStore, StoredSession

START = datetime(2026, 11, 2, 10, 0, 0, 123456, tzinfo=UTC)
POLICY = ClockPolicy(
    length=timedelta(minutes=30), extension=timedelta(minutes=15), extensions=1, longest=timedelta(hours=1)
)
MINUTE = timedelta(minutes=1)


def record(sessions: SessionStore, user: str = "o'brien", started_at: datetime = START, policy=POLICY):
    return sessions.record(user, "c", started_at, policy)


def extend(
    sessions: SessionStore, seen: StoredSession, now: datetime = START, policy=POLICY
) -> StoredSession:
    return sessions.set_clock(seen, seen.clock.extend(policy, now), now, seen.user)


def test_a_session_found_again_keeps_the_time_it_was_given(sessions):
    first = extend(sessions, record(sessions), START + MINUTE)
    again = record(sessions, policy=replace(POLICY, length=timedelta(hours=9)))
    assert again == first
    assert again.clock.deadline == START + timedelta(minutes=45)
    assert sessions.list_open() == [first]


def test_a_learners_next_session_has_a_clock_of_its_own(sessions):
    first = extend(sessions, record(sessions))
    second = record(sessions, started_at=START + MINUTE)
    assert second.id != first.id
    assert second.clock.deadline == START + MINUTE + POLICY.length
    assert second.clock.extensions_left(POLICY) == 1


def test_a_session_that_the_hub_had_forgotten_for_a_moment_goes_on(sessions):
    first = extend(sessions, record(sessions))
    sessions.close_session(first.id, START + MINUTE, EndReason.GONE)
    assert sessions.list_open() == []
    assert record(sessions) == first


def test_many_who_write_down_the_same_session_at_once_write_one(sessions):
    with ThreadPoolExecutor(8) as threads:
        ids = {session.id for session in threads.map(lambda _: record(sessions), range(16))}
    assert len(ids) == 1


def test_of_many_requests_for_the_last_extension_one_is_granted(sessions):
    seen = record(sessions)

    def is_granted(_: int) -> bool:
        try:
            extend(sessions, seen, START + MINUTE)
        except ExtensionRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(is_granted, range(16))) == 1
    (after,) = sessions.list_open()
    assert after.clock.deadline == START + timedelta(minutes=45)


def test_the_end_is_settled_once_and_not_before_the_deadline(sessions):
    seen = record(sessions)
    assert not sessions.claim_end(seen.id, seen.clock.deadline - timedelta(microseconds=1))
    extended = extend(sessions, seen)
    assert not sessions.claim_end(seen.id, seen.clock.deadline)
    assert sessions.claim_end(seen.id, extended.clock.deadline)
    with pytest.raises(ExtensionRefused, match="is ending"):
        extend(sessions, extended, policy=replace(POLICY, extensions=2))


def test_what_was_done_is_written_down_with_who_did_it(settings, sessions):
    extended = extend(sessions, record(sessions))
    gone = record(sessions, "bob")
    sessions.claim_end(extended.id, extended.clock.deadline)
    for one in (extended, gone):
        sessions.close_session(one.id, extended.clock.deadline, EndReason.GONE)
    engine = open_engine(settings.course_db_url)
    with Session(engine) as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    engine.dispose()
    assert [(one.actor, one.action, one.session_id, one.details) for one in events] == [
        ("o'brien", "session_extended", extended.id, {"expires_at": "2026-11-02T10:45:00.123456+00:00"}),
        ("clock", "session_ended", extended.id, {"reason": "deadline"}),
        ("clock", "session_ended", gone.id, {"reason": "gone"}),
    ]
    assert [one.end_reason for one in sessions.list_sessions("bob")] == [EndReason.GONE]
