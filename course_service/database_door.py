"""What every door to the course's database is made of; each public method is one transaction."""

from __future__ import annotations

from sqlalchemy.orm import sessionmaker

from .database import open_engine

MOST_ID = 2**31 - 1
"""The largest number of a row that may be asked for: PostgreSQL refuses to compare its integers with more."""


class DatabaseDoor:
    """Base of the stores; `_session.begin()` is one transaction."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._session = sessionmaker(self._engine, expire_on_commit=False)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
