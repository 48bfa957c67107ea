"""`containrlab backup`: all that a course needs, in one file, also while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import docker

from hub_config.settings import Settings, load_settings

from .backup_archive import ArchiveWriter, Manifest
from .course_copy import copy_sqlite, course_file, database_kind, errors_of_database, save_course
from .engine import find_engine
from .errors import NeedsRoot
from .new_file import new_file
from .packages import is_root
from .progress import Progress
from .workspaces import Workspace, copying, list_workspaces, workspace_errors, write_tar

_MADE_ANEW = ("*.log", "*.log.*", "*.pid", "*.lock", "*.sqlite-wal", "*.sqlite-shm", "egress-proxy.*")
_NOT_THE_COURSES = ("*.part", "*.tar", "*.tar.gz")
"""Files of the state folder that are left out: made anew by each run, or backups and exports themselves."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write all that a course needs to FILE, such as course.tar.gz.

    The course's and the hub's databases, the cookie secret and the other secrets of the state folder, and
    every learner's workspace; keep FILE as safe as these. It can be made while a course runs: each database
    and each disk is then as it was at one moment, a disk's learner waits a moment, and workspaces that are
    plain volumes are read file by file. Exit code 0: FILE is whole; 2: there is no FILE. Needs root.
    """
    settings = load_settings()
    progress = Progress()
    if not is_root():
        raise NeedsRoot("Reading a whole course")
    engine = find_engine()
    try:
        with (
            errors_of_database(),
            progress.step(f"Backing the course up to {file}"),
            copying(settings, progress) as folder,
            new_file(file) as new,
            ArchiveWriter(new) as archive,
        ):
            write_backup(settings, engine, archive, folder, progress)
    finally:
        engine.close()


def write_backup(
    settings: Settings, engine: docker.APIClient, archive: ArchiveWriter, folder: Path, progress: Progress
) -> None:
    """Fill the archive; `folder` has room for the largest database or disk. Raises `OperatorError`."""
    progress.update("databases")
    course = save_course(settings, folder)
    if course is not None:
        archive.add(course.name, course)
        course.unlink()
    for file in state_files(settings):
        if file.suffix == ".sqlite":
            copy = folder / file.name
            copy_sqlite(file, copy)
            archive.add(f"state/{file.name}", copy)
            copy.unlink()
        else:
            archive.add(f"state/{file.name}", file)
    volumes = []
    workspaces = list_workspaces(settings, engine)
    for number, workspace in enumerate(workspaces, 1):
        progress.update(f"workspace {number} of {len(workspaces)}, {workspace.owner}")
        _add_workspace(archive, workspace, folder, progress)
        if workspace.disk is None:
            volumes.append(
                {"name": workspace.volume, "owner": workspace.owner, "options": dict(workspace.options)}
            )
    made = datetime.now(UTC).isoformat(timespec="seconds")
    archive.finish(Manifest(settings.instance, made, database_kind(settings), volumes, archive.members))


def state_files(settings: Settings) -> Iterator[Path]:
    """The state folder's own files that a course needs, but the course's database."""
    course = course_file(settings)
    for file in sorted(settings.state_dir.iterdir()):
        is_course = course is not None and course.exists() and file.samefile(course)
        is_left_out = any(file.match(pattern) for pattern in (*_MADE_ANEW, *_NOT_THE_COURSES))
        if file.is_file() and not file.is_symlink() and not is_course and not is_left_out:
            yield file


def _add_workspace(archive: ArchiveWriter, workspace: Workspace, folder: Path, progress: Progress) -> None:
    copy = folder / "workspace"
    if workspace.disk is not None:
        with workspace_errors(workspace):
            workspace.disk.copy_to(copy)
        archive.add(f"workspaces/{workspace.disk.image.name}", copy)
    else:
        with copy.open("wb") as tar:
            write_tar(workspace, tar, folder, progress)
        archive.add(f"volumes/{workspace.volume}.tar", copy)
    copy.unlink()
