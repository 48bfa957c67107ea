"""Alembic's entry: runs migrations on the connection that it is given.

To write a new one: ``alembic -c course_service/migrations/alembic.ini revision --autogenerate -m "what"``,
which compares the tables of `orm` with an empty scratch database brought up to date.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from course_service.database import open_engine
from course_service.orm import Base


def run(connection: Connection) -> None:
    # SQLite changes tables by copying them (render_as_batch).
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_engine(context.config.get_main_option("sqlalchemy.url", "sqlite://")).begin() as opened:
        run(opened)
