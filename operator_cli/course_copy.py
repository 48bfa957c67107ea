"""The databases of a course: brought up to date, copied whole while they are in use, and put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import inspect

from course_service.database import SQLITE, database_errors, open_engine, parse_url, upgrade_database
from course_service.errors import DatabaseUnavailable
from hub_config.settings import Settings

from .errors import BackupBroken, DatabaseFailed
from .postgres_tools import check_dump, dump_database, load_dump

_BESIDE = ("", "-wal", "-shm")
"""What SQLite keeps of a database: never one of them without the others."""
_BUSY_SECONDS = 30


@contextmanager
def errors_of_database() -> Iterator[None]:
    """Turn what the course's database raises into `DatabaseFailed`."""
    try:
        yield
    except DatabaseUnavailable as error:
        raise DatabaseFailed("The course's database cannot be used", error.problem, error.remedy) from error


def upgrade_course(settings: Settings) -> None:
    """Bring the course's database to this version's tables, or make it. Raises `DatabaseFailed`."""
    with errors_of_database():
        upgrade_database(settings.course_db_url)


def database_kind(settings: Settings) -> str:
    """``sqlite`` or ``postgresql``."""
    return parse_url(settings.course_db_url).get_backend_name()


def course_file(settings: Settings) -> Path | None:
    """The file of a course's SQLite database; None where it is PostgreSQL."""
    url = parse_url(settings.course_db_url)
    return Path(url.database or "") if url.get_backend_name() == SQLITE else None


def save_course(settings: Settings, folder: Path) -> Path | None:
    """Write the course's database to a file of `folder`; None where there is none yet."""
    file = course_file(settings)
    if file is None:
        copy = folder / "course.dump"
        dump_database(parse_url(settings.course_db_url), copy)
        return copy
    if not file.exists():
        return None
    copy = folder / "course.sqlite"
    copy_sqlite(file, copy)
    return copy


def copy_sqlite(file: Path, copy: Path) -> None:
    """One consistent state of a SQLite database, by its online backup, also while others write to it."""
    with (
        closing(_connect(file, "rw")) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    copy.chmod(0o600)


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, timeout=_BUSY_SECONDS)


def check_copy(file: Path) -> None:
    """Raises `OperatorError` where a database's copy cannot be used."""
    if file.suffix == ".dump":
        check_dump(file)
        return
    try:
        with closing(_connect(file, "ro")) as connection:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        answer = str(error)
    if answer != "ok":
        raise BackupBroken(f"{file.name} in the backup is damaged", answer, "take another backup")


def has_course(settings: Settings) -> bool:
    """True where the course's database is there, and is not empty."""
    file = course_file(settings)
    if file is not None:
        return file.exists()
    engine = open_engine(settings.course_db_url)
    try:
        with database_errors(engine.url):
            return bool(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def put_course(settings: Settings, copy: Path, aside: Path) -> None:
    """Put a database's copy in place; what was there is kept in `aside`."""
    file = course_file(settings)
    if file is not None:
        put_sqlite(copy, file, aside)
        return
    url = parse_url(settings.course_db_url)
    if has_course(settings):
        dump_database(url, aside / "course.dump")
    load_dump(url, copy)


def put_sqlite(copy: Path, file: Path, aside: Path) -> None:
    """Put a SQLite database in place, and what was there, its journal included, in `aside`."""
    for suffix in _BESIDE:
        old = file.with_name(f"{file.name}{suffix}")
        if old.exists():
            old.rename(aside / old.name)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy.rename(file)
