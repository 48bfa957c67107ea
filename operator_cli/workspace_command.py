"""`containrlab workspace`: what learners wrote, listed, and given out as a tar."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub_config.settings import load_settings
from spawner.docker_engine import connect_engine
from spawner.errors import EngineUnavailable

from .errors import NeedsRoot, WorkspaceMissing
from .new_file import new_file
from .packages import is_root
from .progress import Progress
from .workspaces import Workspace, copying, list_workspaces, write_tar


@click.group()
def workspace() -> None:
    """Learners' workspaces: list them, and export one as a tar."""


@workspace.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def list_command(as_json: bool) -> None:
    """Every learner's workspace, where it is and how much room it takes. Needs root."""
    found = _find_all(Progress())
    rows = [(one.owner, one.kind, str(one.place), one.bytes_used) for one in found]
    if as_json:
        click.echo(json.dumps([dict(zip(_COLUMNS, row, strict=True)) for row in rows], indent=2))
        return
    table = Table("learner", "kind", "place", "MB")
    for owner, kind, place, size in rows:
        table.add_row(*map(Text, (owner, kind, place, f"{size / 10**6:.1f}")))  # never read as markup
    Console(highlight=False).print(table)


@workspace.command("export")
@click.argument("user")
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
def export(user: str, file: Path | None) -> None:
    """Write USER's workspace to FILE, a tar; by default USER.tar here, and - for standard output.

    Works whether a session of USER runs or not. A disk's files are as they were at one moment; those of a
    plain volume are read one after another. Exit code 0: FILE is whole; 2: there is no FILE. Needs root.
    """
    settings = load_settings()
    progress = Progress()
    found = [one for one in _find_all(progress) if user == one.owner or (one.disk and user == one.disk.name)]
    if not found:
        raise WorkspaceMissing(
            f"There is no workspace of {user!r}",
            "no disk and no volume here is theirs",
            "containrlab workspace list",
        )
    if file is not None and str(file) == "-":
        with copying(settings, progress) as folder, progress.step(f"Exporting the workspace of {user}"):
            write_tar(found[0], sys.stdout.buffer, folder, progress)
            sys.stdout.buffer.flush()
        return
    target = file or Path(f"{user.replace(os.sep, '_')}.tar")
    with (
        copying(settings, progress) as folder,
        progress.step(f"Exporting the workspace of {user} to {target}"),
        new_file(target) as new,
    ):
        write_tar(found[0], new, folder, progress)


def _find_all(progress: Progress) -> list[Workspace]:
    if not is_root():
        raise NeedsRoot("Reading learners' workspaces")
    try:
        engine = connect_engine()
    except EngineUnavailable:
        progress.warn("The Docker engine does not answer: workspaces in its volumes are not seen")
        engine = None
    return list_workspaces(load_settings(), engine)


_COLUMNS = ("learner", "kind", "place", "bytes")
