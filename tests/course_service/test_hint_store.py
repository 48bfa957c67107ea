"""What is kept of hints, and how far a learner has come, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course_service.database import upgrade_database
from course_service.hint_store import MOST_LISTED, HintRecord, HintStore
from course_service.session_store import EndReason, SessionStore
from course_service.verdict import FailureCode
from hub_config.settings import Settings
from tests.postgres_server import KINDS, settings_for

from .asking_hints import failed_build, hand_in
from .course_plans import failing, not_graded, passing
from .test_session_store import START, record

BUILD = "docker_build_failed"


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The course's settings, with either kind of database."""
    return settings_for(request.param, settings, request)


@pytest.fixture
def hints(settings: Settings) -> Iterator[HintStore]:
    upgrade_database(settings.course_db_url)
    hints = HintStore(settings.course_db_url)
    yield hints
    hints.close()


def asked(user: str = "alice", lab: str = "ladder", **given: object) -> HintRecord:
    """A hint that was given."""
    return HintRecord(
        **{"kind": "hint", "source": "author", "answer": "a", "latency_ms": 1, **given}, user=user, lab=lab
    )


def test_the_latest_graded_attempt_counts(store, hints):
    assert hints.find_latest("alice", "ladder") is None
    hand_in(store, not_graded())
    assert hints.find_latest("alice", "ladder") is None
    number = hand_in(store, failed_build(("one", "two")))
    hand_in(store, not_graded())
    for user, lab in (("bob", "ladder"), ("alice", "lab1")):
        hand_in(store, passing(), user=user, lab=lab)
    latest = hints.find_latest("alice", "ladder")
    assert (latest.id, latest.shown, latest.has_passed) == (number, 0, False)
    assert latest.attempt.log == ("one", "two")
    hand_in(store, passing())
    assert hints.find_latest("alice", "ladder").has_passed


def test_steps_count_since_the_code_appeared_anew(store, hints):
    hand_in(store, failed_build())
    for step in (1, 2):
        hints.add(asked(code=BUILD, ladder_step=step))
    assert hints.find_latest("alice", "ladder").shown == 2
    hand_in(store, failed_build())
    assert hints.find_latest("alice", "ladder").shown == 2, "it failed as before"
    for other in (asked("bob", code=BUILD, ladder_step=9), asked(lab="lab1", code=BUILD, ladder_step=9)):
        hints.add(other)
    hints.add(asked(code="healthcheck_failed", ladder_step=9))
    hints.add(asked(code=BUILD, source="ai"))
    assert hints.find_latest("alice", "ladder").shown == 2, "those were other hints"
    hand_in(store, failing(FailureCode.HEALTHCHECK_FAILED))
    hand_in(store, failed_build())
    assert hints.find_latest("alice", "ladder").shown == 0, "it was mended meanwhile"


def test_hints_are_listed_newest_first_and_in_pages(hints):
    numbers = [hints.add(asked(lab=lab)) for lab in ("ladder", "lab1") for _ in range(MOST_LISTED + 5)]
    assert [one["id"] for one in hints.list_hints()] == numbers[:4:-1][:MOST_LISTED]
    first = hints.list_hints(lab="ladder")
    assert {one["lab"] for one in first} == {"ladder"}
    second = hints.list_hints(lab="ladder", before=first[-1]["id"])
    assert [one["id"] for one in [*first, *second]] == numbers[MOST_LISTED + 4 :: -1]
    assert len(hints.list_hints(before=10**17)) == MOST_LISTED


def test_all_of_a_request_is_kept_with_its_session(settings, hints):
    sessions = SessionStore(settings.course_db_url)
    old, running = record(sessions, "alice"), record(sessions, "alice", START.replace(hour=11))
    sessions.close_session(old.id, START, EndReason.DEADLINE)
    number = hints.add(
        asked(
            kind="explain",
            source="ai",
            question="why\0\ud800?",
            answer="be\x1b[31mcause\0",
            model="m",
            ai_failure="timeout",
            tokens=7,
        )
    )
    (kept,) = hints.list_hints()
    assert kept.pop("created_at").endswith("+00:00")
    assert kept == {
        "id": number,
        "user": "alice",
        "session_id": running.id,
        "lab": "ladder",
        "kind": "explain",
        "code": None,
        "ladder_step": None,
        "source": "ai",
        "model": "m",
        "ai_failure": "timeout",
        "question": "why?",
        "answer": "because",
        "tokens": 7,
        "latency_ms": 1,
    }
    sessions.close_session(running.id, START, EndReason.DEADLINE)
    sessions.close()
    hints.add(asked())
    assert hints.list_hints()[0]["session_id"] is None


def test_a_text_was_explained_where_that_very_text_was(hints):
    hints.add(asked(kind="explain", question="error\0 1"))
    hints.add(asked(kind="hint", question="error 2"))
    for text, user, expected in (
        ("error\0 1", "alice", True),
        ("error 1", "alice", True),
        ("error 2", "alice", False),
        ("error 1", "bob", False),
    ):
        assert hints.was_explained(user, "ladder", text) is expected
