"""The database keeps attempts, and keeps learners' attempts apart; SQLite and PostgreSQL alike."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from course_service.database import open_engine
from course_service.errors import AttemptNotFound
from course_service.store import AttemptStatus, Store
from course_service.submission import Submission
from course_service.verdict import CheckResult, CheckStatus, Evidence, JudgeResult, Notes
from hub_config.settings import Settings
from tests.postgres_server import KINDS, settings_for

HOSTILE_NAMES = ["o'brien", "a%40b", 'x"; DROP TABLE users; --', "ünïcode"]


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The course's settings, with either kind of database."""
    return settings_for(request.param, settings, request)


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


def test_the_files_of_an_attempt_are_kept_once_and_can_be_judged_again(settings, store):
    first, second = add(store), add(store, "bob")
    for attempt_id in (first, second):
        kept = store.load_submission(attempt_id)
        assert kept is not None
        assert (dict(kept.files), kept.executables) == (dict(SUBMISSION.files), SUBMISSION.executables)
        assert kept.context_digest == SUBMISSION.context_digest
    engine = open_engine(settings.course_db_url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM submissions")) == 1
    engine.dispose()


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


def test_first_attempts_of_one_learner_at_once_are_all_kept(store):
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: add(store, "new"), range(8)))
    assert len(set(ids)) == 8
    assert {attempt.id for attempt in store.list_attempts(user="new")} == set(ids)


def test_what_learners_programs_print_is_kept_as_it_is(store):
    odd = "\x00\x1b[31m\ud800 \U0001f433 ' \\"
    attempt_id = add(store)
    stored = store.finish_attempt(attempt_id, replace(verdict(), notes=Notes(build_logs=(odd,))))
    assert stored.result["notes"]["build_logs"] == [odd]
    assert store.find_attempt(attempt_id, user="alice").result == stored.result
