"""`containrlab sessions`: who works now and how long, more time for them, and their end."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any
from urllib.parse import quote

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub_config.settings import load_settings

from .course_service_client import CourseServiceClient
from .judging import EXIT_FAILED

_COLUMNS = ("learner", "started", "ends", "left", "extensions", "state")


@click.group()
def sessions() -> None:
    """Learners' sessions in the running course: list, extend and end them.

    As who started the course (root, after `sudo`). What is done is written down in the course's database, as
    done by service/operator.
    """


@sessions.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def list_command(as_json: bool) -> None:
    """Whose session runs, until when, and who waits for a place. Times are this machine's."""
    answer = CourseServiceClient(load_settings()).ask("GET", "api/sessions")
    if as_json:
        click.echo(json.dumps(answer, indent=2))
        return
    console = Console(highlight=False)
    if answer["sessions"]:
        table = Table(*_COLUMNS)
        for one in answer["sessions"]:
            table.add_row(*map(Text, _cells(one)))  # never read as markup
        console.print(table)
    else:
        console.print("No session runs.")
    for one in answer["waiting"]:
        minutes = math.ceil(one["expected_seconds"] / 60)
        console.print(Text(f"{one['place']}. in line: {one['user']}, expected to wait {minutes} min"))


@sessions.command("extend")
@click.argument("user", required=False)
@click.option("--all", "is_for_all", is_flag=True, help="Every session that runs now.")
@click.pass_context
def extend(ctx: click.Context, user: str | None, is_for_all: bool) -> None:
    """Give USER's session CONTAINRLAB_EXTENSION_MINUTES more, whatever its learner has used up.

    Works again and again, until it is two hours longer than its learner could have made it.
    Exit code 0: done; 1: not for some of --all; 2: not done.
    """
    client = _client_for(user, is_for_all)
    if user is not None:
        _print_extended(client.ask("POST", f"api/sessions/{quote(user, safe='')}/extend"))
        return
    answer = client.ask("POST", "api/sessions/extend")
    for one in answer["sessions"]:
        _print_extended(one)
    for one in answer["refused"]:
        click.echo(f"Not extended, {one['user']}: {one['message']}", err=True)
    _print_count(len(answer["sessions"]), "extended")
    if answer["refused"]:
        ctx.exit(EXIT_FAILED)


@sessions.command("end")
@click.argument("user", required=False)
@click.option("--all", "is_for_all", is_flag=True, help="Every session that runs now.")
@click.option("--yes", is_flag=True, help="With --all: do not ask first.")
def end(user: str | None, is_for_all: bool, yes: bool) -> None:
    """End USER's session now. Files in /workspace are kept. Exit code 0: done; 2: not done."""
    client = _client_for(user, is_for_all)
    if user is not None:
        client.ask("POST", f"api/sessions/{quote(user, safe='')}/end")
        click.echo(f"Ended the session of {user}; it may take some seconds to be gone.")
        return
    if not yes:
        count = len(client.ask("GET", "api/sessions")["sessions"])
        click.confirm(f"End every session that runs now ({count})?", abort=True)
    _print_count(len(client.ask("POST", "api/sessions/end")["sessions"]), "ended")


def _client_for(user: str | None, is_for_all: bool) -> CourseServiceClient:
    if (user is None) is not is_for_all:
        raise click.UsageError("Name one USER, or give --all.")
    return CourseServiceClient(load_settings())


def _cells(session: dict[str, Any]) -> tuple[str, ...]:
    minutes, seconds = divmod(round(session["seconds_left"]), 60)
    return (
        session["user"],
        _clock_time(session["started_at"]),
        _clock_time(session["expires_at"]),
        f"{minutes}:{seconds:02}",
        str(session["extensions"]),
        session["state"],
    )


def _print_extended(session: dict[str, Any]) -> None:
    click.echo(f"Extended the session of {session['user']} to {_clock_time(session['expires_at'])}.")


def _print_count(count: int, done: str) -> None:
    click.echo(f"{count} {'session' if count == 1 else 'sessions'} {done}.")


def _clock_time(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%H:%M:%S}"
