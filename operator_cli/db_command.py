"""`containrlab db`: the course's database."""

from __future__ import annotations

import click

from course_service.database import parse_url
from hub_config.settings import load_settings

from .course_copy import upgrade_course


@click.group()
def db() -> None:
    """The course's database: SQLite, or what CONTAINRLAB_DB_URL names."""


@db.command()
def upgrade() -> None:
    """Bring the database to this version's tables, or make it.

    A course does so too when it starts. All or nothing; run twice, the second finds nothing to do.
    """
    settings = load_settings()
    upgrade_course(settings)
    shown = parse_url(settings.course_db_url).render_as_string(hide_password=True)
    click.echo(f"{shown} has this version's tables")
