"""Connecting to the course's database, SQLite or PostgreSQL, and bringing it to the tables of `orm`.

What the two do differently is dealt with here, so that `store` need not know which it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from .errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
_POSTGRESQL_DRIVER = "postgresql+psycopg"
_CONNECT_SECONDS = 10
_BUSY_MILLISECONDS = 5_000
_UPGRADE_BUSY_MILLISECONDS = 300_000  # how long another process's upgrade is waited for
_UPGRADE_LOCK = 0x636C_6462  # any number, the same for all


def parse_url(url: str) -> URL:
    """The database's URL, with the driver that we use.

    Raises `DatabaseUnavailable`, whose words never have a part of `url`: it may hold a password.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable(
            "the URL of the course's database cannot be read",
            "set CONTAINRLAB_DB_URL to postgresql://USER:PASSWORD@HOST:5432/NAME (percent-encode special "
            "characters of the password), or unset it for SQLite",
        ) from None
    if backend == POSTGRESQL:
        return parsed.set(drivername=_POSTGRESQL_DRIVER)
    if backend != SQLITE:
        raise DatabaseUnavailable(
            f"the course's database can be SQLite or PostgreSQL, not {backend}",
            "set CONTAINRLAB_DB_URL to postgresql://USER:PASSWORD@HOST:5432/NAME, or unset it for SQLite",
        )
    return parsed


def open_engine(url: str) -> Engine:
    """Connect to the database of `url`; a folder for SQLite's file is made if it is missing.

    Raises `DatabaseUnavailable` where the driver is missing. Nothing is asked of the server yet.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == POSTGRESQL:
        try:
            return create_engine(
                parsed, pool_pre_ping=True, connect_args={"connect_timeout": _CONNECT_SECONDS}
            )
        except ImportError as error:
            raise DatabaseUnavailable(
                f"PostgreSQL's driver is not installed: {error}",
                "pip install 'psycopg[binary]' in the project's .venv, as setup.cfg's [postgresql] has it",
            ) from error
    if parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError):  # SQLite says it better
            Path(parsed.database).touch(mode=0o600)  # it gives its journal the same mode
    engine = create_engine(parsed)
    event.listen(engine, "connect", _set_sqlite_pragmas)
    return engine


def upgrade_database(url: str) -> None:
    """Bring the database to the newest migration; makes it if there is none.

    All or nothing, and one process at a time: a second waits, and then finds nothing to do. Raises
    `DatabaseUnavailable`.
    """
    engine = open_engine(url)
    try:
        with database_errors(engine.url), engine.begin() as connection:
            _lock_for_upgrade(connection)
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise DatabaseUnavailable(
                    f"the course's database cannot be brought to this version's tables: {error}",
                    "it was a newer version's: use that version, or restore a backup of this one's",
                ) from error
            _check_foreign_keys(connection)
    finally:
        engine.dispose()


@contextmanager
def database_errors(url: URL) -> Iterator[None]:
    """Turn "no answer from the database" into `DatabaseUnavailable`, without the URL's password."""
    try:
        yield
    except OperationalError as error:
        words = " ".join(str(error.orig).split())
        if url.password:
            words = words.replace(str(url.password), "***")
        raise DatabaseUnavailable(
            f"{url.render_as_string(hide_password=True)} does not answer: {words}",
            "see that the file can be written, and is no other program's"
            if url.get_backend_name() == SQLITE
            else "start PostgreSQL, and see that host, user, password and database in CONTAINRLAB_DB_URL are "
            "right: psql with the same URL must get in",
        ) from None


def _lock_for_upgrade(connection: Connection) -> None:
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        return
    # As SQLite's own documentation of ALTER TABLE has it: a table that others refer to can be copied only
    # without foreign keys, which are switched before the transaction and checked at its end.
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_UPGRADE_BUSY_MILLISECONDS}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # Python's sqlite3 begins none for CREATE and ALTER


def _check_foreign_keys(connection: Connection) -> None:
    if connection.dialect.name == SQLITE:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise DatabaseUnavailable(
                f"after the upgrade {len(broken)} rows would refer to rows that are not there, so nothing is "
                f"changed; the first: {tuple(broken[0])}",
                "restore a backup, or mend these rows with sqlite3",
            )


def _set_sqlite_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    # busy_timeout first: to change the journal takes the file for oneself.
    for pragma in (f"busy_timeout = {_BUSY_MILLISECONDS}", "journal_mode = WAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
