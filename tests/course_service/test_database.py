"""Databases of every age become the newest, on SQLite and PostgreSQL; what is wrong with one is said."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from course_service import database
from course_service.database import open_engine, parse_url, upgrade_database
from course_service.errors import DatabaseUnavailable
from course_service.orm import Base
from course_service.progress_store import ProgressStore
from course_service.session_clock import ClockPolicy
from course_service.session_store import SessionStore
from course_service.store import Store
from hub_config.settings import Settings
from tests.postgres_server import KINDS, PASSWORD, PostgresServer, settings_for

HERE = Path(__file__).parent


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """The course's settings, with either kind of database."""
    return settings_for(request.param, settings, request)


def tables(engine: Engine) -> set[str]:
    with engine.begin() as connection:
        return set(engine.dialect.get_table_names(connection))


def test_migrations_make_exactly_the_tables_of_the_code(settings, store):
    engine = open_engine(settings.course_db_url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"render_as_batch": True})
            assert compare_metadata(context, Base.metadata) == []
    finally:
        engine.dispose()


def test_a_filled_database_of_the_first_version_is_upgraded(settings):
    fill_as_version_0001(settings.course_db_url)
    upgrade_database(settings.course_db_url)
    store, sessions = Store(settings.course_db_url), SessionStore(settings.course_db_url)
    progress = ProgressStore(settings.course_db_url)
    try:
        (attempt,) = store.list_attempts(user="ada")
        assert attempt.submitted_at.isoformat() == "2026-11-01T10:01:00+00:00"
        assert attempt.result["failures"] == [{"code": "healthcheck_failed", "message": "m", "hint": "h"}]
        assert (attempt.result["score"], attempt.result["max_score"]) == (1, 2)
        assert [check["points"] for check in attempt.result["checks"]] == [1, 1]
        assert store.load_submission(attempt.id) is None
        policy = ClockPolicy(timedelta(minutes=30), timedelta(minutes=15), 1, timedelta(hours=3))
        session = sessions.record("ada", "c", datetime(2026, 11, 2, 10, tzinfo=UTC), policy)
        assert sessions.list_open() == [session]
        (record,) = progress.list_records(["lab1"])
        (outcome,) = record.attempts["lab1"]
        assert (outcome.submitted_at, outcome.score) == (attempt.submitted_at, 1)
        assert record.last_failing_codes == {"lab1": ("healthcheck_failed",)}
        progress.record_start("ada", "lab1", session.clock.started_at)
        assert progress.list_records(["lab1"])[0].starts == {"lab1": session.clock.started_at}
        assert progress.visit_home("ada", session.clock.deadline).news_since is None
        assert store.list_judged_again(user="ada", since=session.clock.started_at) == []
        engine = open_engine(settings.course_db_url)
        with engine.begin() as connection:
            assert connection.scalar(text("SELECT count(*) FROM hint_requests")) == 0
        engine.dispose()
    finally:
        progress.close()
        sessions.close()
        store.close()


def test_processes_that_upgrade_at_once_wait_for_one_another(settings):
    fill_as_version_0001(settings.course_db_url)
    program = "import sys; from course_service.database import upgrade_database as up; up(sys.argv[1])"
    argv = [sys.executable, "-c", program, settings.course_db_url]
    running = [subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(process.communicate(timeout=60)[1], process.returncode) for process in running] == [("", 0)] * 3


def test_an_upgrade_that_fails_changes_nothing(settings, monkeypatch):
    fill_as_version_0001(settings.course_db_url)
    engine = open_engine(settings.course_db_url)
    before = tables(engine)

    def fail(_: Connection) -> None:
        raise RuntimeError("the machine stopped here")

    monkeypatch.setattr(database, "_check_foreign_keys", fail)
    with pytest.raises(RuntimeError):
        upgrade_database(settings.course_db_url)
    assert tables(engine) == before
    engine.dispose()
    monkeypatch.undo()
    upgrade_database(settings.course_db_url)


def test_upgrading_again_changes_nothing(settings, store):
    engine = open_engine(settings.course_db_url)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO users (login, created_at) VALUES ('ada', '2026-11-01 10:00:00')")
        )
    upgrade_database(settings.course_db_url)
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT login FROM users")) == "ada"
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_as_it_is(settings, store):
    engine = open_engine(settings.course_db_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseUnavailable, match=r"9999.* newer version's"):
        upgrade_database(settings.course_db_url)


def test_foreign_keys_are_checked(settings, store):
    engine = open_engine(settings.course_db_url)
    try:
        with pytest.raises(IntegrityError), engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO judge_attempts (user_id, lab_slug, status, graded, passed, score, max_score,"
                    " failures, checks, metrics, notes, evidence, earlier_results, submitted_at)"
                    " VALUES (9, 'x', 'queued', false, false, 0, 0, '[]', '[]', '{}', '{}', '{}', '[]',"
                    " '2026-01-01 10:00:00')"
                )
            )
    finally:
        engine.dispose()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_sqlite_is_a_file_where_the_settings_say_and_writes_ahead(settings, store):
    with sqlite3.connect(settings.state_dir / "course.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (settings.state_dir / "course.sqlite").stat().st_mode & 0o777 == 0o600
    connection.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://course:canary@192.0.2.1:bad/course", "cannot be read"),
        ("canary", "cannot be read"),
        ("mysql://course:canary@db/course", "can be SQLite or PostgreSQL, not mysql"),
        ("postgresql://course:canary@127.0.0.1:1/course", "course:***@127.0.0.1:1/course does not answer"),
        ("sqlite:////proc/canary.sqlite", "does not answer: unable to open database file"),
    ],
)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_cannot_be_used_is_said_without_its_password(settings, url, words):
    with pytest.raises(DatabaseUnavailable) as raised:
        upgrade_database(replace(settings, db_url=url).course_db_url)
    assert words in raised.value.problem
    assert "canary" not in f"{raised.value} {raised.value.remedy}".replace("/proc/canary", "")
    assert raised.value.__cause__ is None  # a traceback in the log would show what caused it


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_a_wrong_password_is_not_told_either(postgres: PostgresServer, settings):
    with pytest.raises(DatabaseUnavailable, match="password authentication failed") as raised:
        upgrade_database(postgres.url("course1").replace(PASSWORD, "wrong-canary"))
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_missing_driver_is_named(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseUnavailable, match=r"PostgreSQL's driver is not installed.*\[postgresql\]"):
        open_engine("postgresql://course@db/course")


def fill_as_version_0001(url: str) -> None:
    parsed = parse_url(url)
    if parsed.database and parsed.get_backend_name() == "sqlite":
        Path(parsed.database).parent.mkdir()
        with sqlite3.connect(parsed.database) as connection:
            connection.executescript((HERE / "course_0001.sql").read_text())
        connection.close()
    else:
        with psycopg.connect(url) as server:
            server.execute((HERE / "course_0001.postgresql.sql").read_text())
