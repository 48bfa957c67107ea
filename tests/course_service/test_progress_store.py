"""Progress as SQLite and PostgreSQL keep it, for one learner and for a class."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, event, insert, select, update
from sqlalchemy.orm import Session

from course_service.course_file import plan_of_all
from course_service.course_plan import Assignment, CoursePlan
from course_service.course_progress import read_class_progress, read_own_progress
from course_service.database import open_engine
from course_service.github_identity import GitHubIdentity
from course_service.home_visit import HomeVisit
from course_service.lab_progress import LabState
from course_service.orm import JudgeAttempt, User
from course_service.store import AttemptStatus
from course_service.verdict import FailureCode
from hub_config.settings import Settings
from tests.postgres_server import KINDS, settings_for

from .course_plans import SUBMISSION, failing, judged, not_graded, passing

START = datetime(2026, 11, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
LABS = ("lab1", "lab2")
CLASS_QUERIES = 5
CLASS_SECONDS = 5.0
"""Ten times what it takes on two quiet cores."""


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The course's settings, with either kind of database."""
    return settings_for(request.param, settings, request)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """What is asked of any database while the block runs; savepoints and pragmas are no queries."""
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@contextmanager
def writing(settings: Settings) -> Iterator[Session]:
    """A transaction that no method of ours makes."""
    engine = open_engine(settings.course_db_url)
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


def test_the_first_start_of_a_lab_stands(progress):
    progress.record_start("o'brien", "lab1", START)
    progress.record_start("o'brien", "lab1", START + HOUR)
    progress.record_start("o'brien", "lab2", START + HOUR)
    (record,) = progress.list_records(LABS)
    assert record.starts == {"lab1": START, "lab2": START + HOUR}


def test_many_first_starts_at_once_are_one(progress):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: progress.record_start("new", "lab1", START), range(8)))
    (record,) = progress.list_records(LABS)
    assert record.starts == {"lab1": START}


def test_attempts_come_by_learner_and_lab_and_count_as_they_stand_now(store, progress):
    first = judged(store, failing())
    judged(store, not_graded())
    judged(store, passing(), "bob", "lab2")
    alice, bob = progress.list_records(LABS)
    assert [(one.is_graded, one.is_passed, one.score) for one in alice.attempts["lab1"]] == [
        (True, False, 3),
        (False, False, 0),
    ]
    assert alice.last_failing_codes == {"lab1": ("healthcheck_failed",)}
    assert (bob.learner.user, set(bob.attempts), bob.last_failing_codes) == ("bob", {"lab2"}, {"lab2": ()})
    store.replace_result(first, passing())
    alice, _ = progress.list_records(LABS)
    assert alice.attempts["lab1"][0].is_passed
    assert alice.last_failing_codes == {"lab1": ()}


def test_codes_are_those_of_the_last_graded_attempt(store, progress):
    judged(store, failing())
    judged(store, failing(FailureCode.DOCKER_BUILD_FAILED))
    judged(store, not_graded())
    store.add_attempt(
        user="alice", server_name="", lab="lab1", submission=SUBMISSION, if_interrupted=not_graded()
    )
    (alice,) = progress.list_records(LABS)
    assert alice.last_failing_codes == {"lab1": ("docker_build_failed",)}
    assert len(alice.attempts["lab1"]) == 4


def test_an_attempt_that_still_runs_is_not_graded(settings, store, progress):
    attempt_id = judged(store, passing())
    with writing(settings) as session:
        change = update(JudgeAttempt).values(status=AttemptStatus.RUNNING)
        session.execute(change.where(JudgeAttempt.id == attempt_id))
    (alice,) = progress.list_records(LABS)
    assert [one.is_graded for one in alice.attempts["lab1"]] == [False]


def test_a_learner_is_shown_alone_and_other_labs_are_left_out(store, progress, lab1):
    judged(store, passing())
    judged(store, passing(), "bob")
    judged(store, passing(), lab="elsewhere")
    (alice,) = progress.list_records(LABS, "alice")
    assert (alice.learner.user, set(alice.attempts)) == ("alice", {"lab1"})
    plan = CoursePlan("c", plan_of_all([]).zone, (Assignment(lab1),))
    own = read_own_progress(progress, plan, "nobody")
    assert [lab.state for lab in own.labs] == [LabState.NOT_STARTED]


def test_who_signed_in_by_github_has_login_and_picture(store, progress):
    store.keep_identity("ada", GitHubIdentity(42, "https://github.example/42"))
    judged(store, passing(), "bob")
    ada, bob = (record.learner for record in progress.list_records(LABS))
    assert (ada.github_login, ada.avatar_url) == ("ada", "https://github.example/42")
    assert (bob.github_login, bob.avatar_url) == (None, None)


def test_a_visit_to_the_home_page_is_remembered(progress):
    assert progress.visit_home("alice", START) == HomeVisit(START, None)
    assert progress.visit_home("alice", START + HOUR) == HomeVisit(START + HOUR, START)
    soon = START + HOUR + timedelta(seconds=20)
    assert progress.visit_home("alice", soon) == HomeVisit(START + HOUR, START), "no write for each look"
    assert progress.visit_home("alice", START + 3 * HOUR).news_since == START + HOUR
    assert progress.visit_home("bob", START).news_since is None


def test_attempts_are_exported_in_parts_without_any_lost(store, progress, monkeypatch):
    monkeypatch.setattr("course_service.progress_store.EXPORT_CHUNK", 2)
    ids = [judged(store, failing(), user) for user in ("alice", "bob", "alice", "alice")]
    judged(store, failing(), lab="elsewhere")
    parts = list(progress.iterate_attempts(LABS))
    assert [[one.id for one in part] for part in parts] == [ids[:2], ids[2:]]
    assert parts[0][1].learner.user == "bob"
    assert parts[0][0].failing_codes == ("healthcheck_failed",)
    mine = [one.id for part in progress.iterate_attempts(LABS, "alice") for one in part]
    assert mine == [ids[0], *ids[2:]]


def test_a_class_of_sixty_with_ten_labs_is_answered_in_five_queries(
    settings, store, sessions, progress, lab1
):
    labs = [f"lab{number}" for number in range(10)]
    fill_class(settings, labs, learners=60, attempts=20)
    plan = CoursePlan("c", plan_of_all([]).zone, tuple(Assignment(RenamedLab(lab1, slug)) for slug in labs))
    with counted_queries() as queries:
        started = time.process_time()
        whole = read_class_progress(progress, sessions, plan)
        answer = json.dumps(whole.to_json(START))
        seconds = time.process_time() - started
    print(f"{len(queries)} queries, {seconds:.2f} s, {len(answer) / 1e6:.2f} MB of JSON")
    assert len(queries) == CLASS_QUERIES
    assert not [query for query in queries if "notes" in query or "evidence" in query]
    assert seconds < CLASS_SECONDS
    assert len(whole.learners) == 60
    assert {lab.attempts for learner in whole.learners for lab in learner.labs} == {20}
    assert {lab.state for learner in whole.learners for lab in learner.labs} == {LabState.PASSED}


class RenamedLab:
    """The lab under another name."""

    def __init__(self, lab, slug: str) -> None:
        self.slug, self.description, self.summary_json = slug, lab.description, lab.summary_json


def fill_class(settings: Settings, labs: list[str], learners: int, attempts: int) -> None:
    """Everybody's attempts on every lab, with a log in each; the last one passes."""
    failed, passed = failing().to_json(), passing().to_json()
    for result in (failed, passed):
        result["notes"] = {**result["notes"], "build_logs": ["a line of a log"] * 50}
    with writing(settings) as session:
        users = [{"login": f"learner{number:02}", "created_at": START} for number in range(learners)]
        session.execute(insert(User), users)
        common = {
            "server_name": "",
            "status": AttemptStatus.FINISHED,
            "context_digest": None,
            "earlier_results": [],
            "submitted_at": START,
            "finished_at": START,
        }
        rows = [
            {"user_id": user, "lab_slug": lab, **common, **(passed if last else failed)}
            for user in session.scalars(select(User.id))
            for lab in labs
            for last in [False] * (attempts - 1) + [True]
        ]
        session.execute(insert(JudgeAttempt), rows)
