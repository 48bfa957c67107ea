"""Where the `limits` library counts: in the course's database, so that neither a restart nor a second process
resets a limit.

A window begins with its first hit and has a fixed length; each hit is one statement, which SQLite and
PostgreSQL make atomic: of any number at once, each gets a count of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from limits.storage import Storage
from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from .database import POSTGRESQL, open_engine
from .orm import RateLimit


def now_utc() -> datetime:
    return datetime.now(UTC)


class CourseStorage(Storage):
    """Fixed windows in the table ``rate_limits``.

    It is registered with `limits` for the URLs that `database.open_engine` takes, so that
    ``storage_from_string(settings.course_db_url)`` makes one. `now` is a test's clock.
    """

    STORAGE_SCHEME = ["sqlite", "postgresql"]  # noqa: RUF012 - how the library registers

    def __init__(
        self, uri: str, wrap_exceptions: bool = False, *, now: Callable[[], datetime] = now_utc
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self._engine = open_engine(uri)
        self._now = now

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more in the window, or begin a new one of `expiry` seconds; the count after it."""
        now = self._now()
        is_over = RateLimit.expires_at <= now
        end = now + timedelta(seconds=expiry)
        insert = postgresql.insert if self._engine.dialect.name == POSTGRESQL else sqlite.insert
        statement = insert(RateLimit).values(key=key, hits=amount, expires_at=end)
        statement = statement.on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "hits": case((is_over, amount), else_=RateLimit.hits + amount),
                "expires_at": case((is_over, end), else_=RateLimit.expires_at),
            },
        )
        with self._engine.begin() as connection:
            return connection.execute(statement.returning(RateLimit.hits)).scalar_one()

    def get(self, key: str) -> int:
        """The count of the window that runs; 0 where none does."""
        query = select(RateLimit.hits).where(RateLimit.key == key, RateLimit.expires_at > self._now())
        with self._engine.begin() as connection:
            return connection.execute(query).scalar() or 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; this moment where none runs."""
        now = self._now()
        query = select(RateLimit.expires_at).where(RateLimit.key == key, RateLimit.expires_at > now)
        with self._engine.begin() as connection:
            return (connection.execute(query).scalar() or now).timestamp()

    def check(self) -> bool:
        """Whether the database answers."""
        try:
            self.get("")
        except SQLAlchemyError:
            return False
        return True

    def reset(self) -> int:
        """Forget every window; how many there were."""
        with self._engine.begin() as connection:
            return connection.execute(delete(RateLimit)).rowcount

    def clear(self, key: str) -> None:
        """Forget a window."""
        with self._engine.begin() as connection:
            connection.execute(delete(RateLimit).where(RateLimit.key == key))

    def forget_past(self) -> None:
        """Delete what no longer counts."""
        with self._engine.begin() as connection:
            connection.execute(delete(RateLimit).where(RateLimit.expires_at <= self._now()))
