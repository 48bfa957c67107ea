"""The database keeps attempts, and keeps learners' attempts apart."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from course_service.errors import AttemptNotFound
from course_service.orm import Base
from course_service.session_clock import ClockPolicy
from course_service.session_store import SessionStore
from course_service.store import AttemptStatus, Store, open_engine, upgrade_database
from course_service.submission import Submission
from course_service.verdict import CheckResult, CheckStatus, Evidence, JudgeResult, Notes

HOSTILE_NAMES = ["o'brien", "a%40b", 'x"; DROP TABLE users; --', "ünïcode"]


def verdict(fault: str | None = None) -> JudgeResult:
    status = CheckStatus.NOT_RUN if fault else CheckStatus.PASSED
    evidence = Evidence("sha256:c", "lab", "judge")
    return JudgeResult((CheckResult("It builds", status),), (), evidence, notes=Notes(fault=fault))


SUBMISSION = Submission({"Dockerfile": b"FROM x\n", "run.sh": b"exit"}, frozenset({"run.sh"}))


def add(store: Store, user: str = "alice", lab: str = "lab1", submission: Submission = SUBMISSION) -> int:
    stopped = verdict("stopped")
    return store.add_attempt(
        user=user, server_name="", lab=lab, submission=submission, if_interrupted=stopped
    ).id


def test_a_new_attempt_waits_and_has_no_result(store):
    attempt = store.find_attempt(add(store), user="alice")
    assert attempt.status is AttemptStatus.QUEUED
    assert attempt.result is None
    assert attempt.finished_at is None


def test_times_are_aware_and_in_utc(store):
    attempt_id = add(store)
    submitted = store.find_attempt(attempt_id, user="alice").submitted_at
    assert submitted.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - submitted) < timedelta(minutes=1)


def test_a_finished_attempt_has_its_whole_verdict_also_after_a_restart(store, settings):
    attempt_id = add(store)
    store.mark_running(attempt_id)
    assert store.find_attempt(attempt_id, user="alice").status is AttemptStatus.RUNNING
    store.finish_attempt(attempt_id, verdict())
    store.close()
    reopened = Store(settings.course_db_url)
    attempt = reopened.find_attempt(attempt_id, user="alice")
    assert attempt.status is AttemptStatus.FINISHED
    assert attempt.result == verdict().to_json()
    assert attempt.finished_at >= attempt.submitted_at
    assert reopened.close_unfinished() == 0
    reopened.close()


def test_what_a_crash_left_unfinished_is_not_graded_and_says_why(store):
    queued, running, done = add(store), add(store, "bob"), add(store, "carol")
    store.mark_running(running)
    store.finish_attempt(done, verdict())
    assert store.close_unfinished() == 2
    for attempt_id, user in ((queued, "alice"), (running, "bob")):
        attempt = store.find_attempt(attempt_id, user=user)
        assert attempt.status is AttemptStatus.FINISHED
        assert attempt.result["graded"] is False
        assert attempt.result["passed"] is False
        assert attempt.result["notes"]["fault"] == "stopped"
    assert store.find_attempt(done, user="carol").result["passed"] is True


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_learners_see_their_own_attempts_only_newest_first(store, name):
    mine = [add(store, name), add(store, name, "lab2"), add(store, name)]
    theirs = add(store, "mallory")
    assert [attempt.id for attempt in store.list_attempts(user=name)] == mine[::-1]
    assert [attempt.id for attempt in store.list_attempts(user=name, lab="lab2")] == [mine[1]]
    with pytest.raises(AttemptNotFound):
        store.find_attempt(theirs, user=name)
    with pytest.raises(AttemptNotFound):
        store.find_attempt(10**17, user=name)


def test_sqlite_writes_ahead_and_checks_foreign_keys(settings, store):
    engine = open_engine(settings.course_db_url)
    try:
        with engine.begin() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO judge_attempts (user_id, lab_slug, status, graded, passed, score, max_score,"
                    " failures, checks, metrics, notes, evidence, earlier_results, submitted_at)"
                    " VALUES (9, 'x', 'queued', 0, 0, 0, 0, '[]', '[]', '{}', '{}', '{}', '[]', '2026-1-1')"
                )
            )
    finally:
        engine.dispose()


def test_migrations_make_exactly_the_tables_of_the_code(settings, store):
    engine = open_engine(settings.course_db_url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"render_as_batch": True})
            assert compare_metadata(context, Base.metadata) == []
    finally:
        engine.dispose()


def test_the_files_of_an_attempt_are_kept_once_and_can_be_judged_again(settings, store):
    first, second = add(store), add(store, "bob")
    for attempt_id in (first, second):
        kept = store.load_submission(attempt_id)
        assert kept is not None
        assert (dict(kept.files), kept.executables) == (dict(SUBMISSION.files), SUBMISSION.executables)
        assert kept.context_digest == SUBMISSION.context_digest
    with sqlite3.connect(settings.state_dir / "course.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM submissions").fetchone() == (1,)
    connection.close()


def test_a_replaced_verdict_is_kept_beside_the_new_one(store):
    attempt_id = add(store)
    store.finish_attempt(attempt_id, verdict())
    before = store.find_attempt(attempt_id, user="alice").result
    failed = replace(verdict(), checks=(CheckResult("It builds", CheckStatus.FAILED, 7),))
    after = store.replace_result(attempt_id, failed)
    assert after.result == failed.to_json()
    assert store.earlier_results(attempt_id) == [before]


def test_a_pass_is_remembered_for_its_learner_and_lab(store):
    attempt_id = add(store)
    assert not store.has_passed(user="alice", lab="lab1")
    store.finish_attempt(attempt_id, verdict("ours"))
    assert not store.has_passed(user="alice", lab="lab1")
    store.replace_result(attempt_id, verdict())
    assert store.has_passed(user="alice", lab="lab1")
    assert not store.has_passed(user="alice", lab="lab2")
    assert not store.has_passed(user="bob", lab="lab1")


def test_a_list_stays_short_however_often_a_learner_checks(store, monkeypatch):
    monkeypatch.setattr("course_service.store.MOST_LISTED", 3)
    ids = [add(store) for _ in range(5)]
    long = replace(verdict(), notes=Notes(build_logs=("x" * 60_000,)))
    store.finish_attempt(ids[-1], long)
    listed = store.list_attempts(user="alice")
    assert [attempt.id for attempt in listed] == ids[:1:-1]
    assert len(json.dumps(listed[0].summary_json())) < 2_000
    assert listed[0].summary_json()["result"]["score"] == 1


def test_finished_attempts_are_listed_by_lab_time_and_learner_oldest_first(store):
    first, second, other = add(store), add(store, "bob"), add(store, lab="lab2")
    add(store, "carol")  # never ends
    for attempt_id in (first, second, other):
        store.finish_attempt(attempt_id, verdict())
    assert [attempt.id for attempt in store.list_finished(lab="lab1")] == [first, second]
    assert [attempt.id for attempt in store.list_finished(lab="lab1", user="bob")] == [second]
    assert store.list_finished(lab="lab1", since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_a_filled_database_of_the_first_version_is_upgraded(settings):
    settings.state_dir.mkdir()
    old = settings.state_dir / "course.sqlite"
    with sqlite3.connect(old) as connection:
        connection.executescript((Path(__file__).parent / "course_0001.sql").read_text())
    connection.close()
    upgrade_database(settings.course_db_url)
    store, sessions = Store(settings.course_db_url), SessionStore(settings.course_db_url)
    try:
        (attempt,) = store.list_attempts(user="ada")
        assert attempt.result["failures"] == [{"code": "healthcheck_failed", "message": "m", "hint": "h"}]
        assert (attempt.result["score"], attempt.result["max_score"]) == (1, 2)
        assert [check["points"] for check in attempt.result["checks"]] == [1, 1]
        assert store.load_submission(attempt.id) is None
        start = datetime(2026, 11, 2, 10, tzinfo=UTC)
        policy = ClockPolicy(timedelta(minutes=30), timedelta(minutes=15), 1, timedelta(hours=3))
        session = sessions.record("ada", "c", start, policy)
        assert sessions.list_open() == [session]
    finally:
        sessions.close()
        store.close()


def test_upgrading_again_changes_nothing(settings, store):
    attempt_id = add(store)
    upgrade_database(settings.course_db_url)
    assert store.find_attempt(attempt_id, user="alice").id == attempt_id


def test_the_database_file_is_made_where_the_settings_say(settings):
    upgrade_database(settings.course_db_url)
    with sqlite3.connect(settings.state_dir / "course.sqlite") as connection:
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
    connection.close()
    assert {"users", "judge_attempts", "sessions", "audit_events", "alembic_version"} <= tables
