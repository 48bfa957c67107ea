"""`containrlab restore`: a backup's course in place of what is there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import docker

from hub_config.settings import Settings, load_settings
from spawner.docker_engine import engine_errors
from spawner.errors import LoopDiskUnavailable
from spawner.labels import Role, label_filters
from spawner.session_storage import WORKSPACES
from spawner.workspace_disk import list_open_workspaces

from .backup_archive import Manifest, unpack
from .course_copy import check_copy, database_kind, errors_of_database, has_course, put_course, put_sqlite
from .engine import find_engine
from .errors import NeedsRoot, RestoreRefused
from .hub_process import CONFIG_FILE
from .locks import try_state_lock
from .own_process import OwnProcess
from .packages import is_root
from .progress import Progress
from .up import UP_LOCK
from .volume_restore import has_files, put_volume
from .workspaces import copying


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Do so where there is a course, which is kept aside.")
def restore(file: Path, replace: bool) -> None:
    """Put the course of FILE, which `containrlab backup` wrote, in place.

    FILE is read to its end before anything is touched. Without --replace nothing that is there is
    overwritten; with it, what was there is kept in the state folder's before-restore-TIME. No course may run.
    Exit code 0: it is in place; 2: it is not. Needs root.
    """
    settings = load_settings()
    progress = Progress()
    if not is_root():
        raise NeedsRoot("Restoring a course")
    engine = find_engine()
    try:
        with try_state_lock(settings, UP_LOCK) as no_course, errors_of_database():
            _refuse_running(engine, settings, no_course)
            with copying(settings, progress) as folder:
                with progress.step(f"Reading {file}"):
                    manifest = unpack(file, folder / "new")
                    _check(manifest, folder / "new", settings)
                _refuse_overwriting(engine, settings, manifest, folder / "new", replace)
                with progress.step("Putting it in place"):
                    _put(engine, settings, manifest, folder / "new", progress)
    finally:
        engine.close()


def _refuse_running(engine: docker.APIClient, settings: Settings, no_course: bool) -> None:
    with engine_errors():
        sessions = engine.containers(filters=label_filters(settings.instance, Role.SESSION))
    hub = OwnProcess("hub", settings.state_dir, marker=str(CONFIG_FILE))
    if not no_course or sessions or hub.is_alive():
        raise RestoreRefused(
            "A course runs",
            f"a hub or {len(sessions)} sessions use {settings.state_dir}",
            "stop it (Ctrl-C at `containrlab up`); after a crash: containrlab up, then Ctrl-C",
        )


def _check(manifest: Manifest, new: Path, settings: Settings) -> None:
    if manifest.instance != settings.instance:
        raise RestoreRefused(
            "The backup is another course's",
            f"it is of CONTAINRLAB_INSTANCE={manifest.instance}, and this is {settings.instance}",
            f"export CONTAINRLAB_INSTANCE={manifest.instance}",
        )
    kind = database_kind(settings)
    if manifest.database != kind:
        raise RestoreRefused(
            "The backup has another kind of database",
            f"it was made on {manifest.database}, and CONTAINRLAB_DB_URL names {kind}",
            "set CONTAINRLAB_DB_URL as it was (unset for SQLite)",
        )
    for name in manifest.members:
        if name.endswith((".sqlite", ".dump")):
            check_copy(new / name)


def _refuse_overwriting(
    engine: docker.APIClient, settings: Settings, manifest: Manifest, new: Path, replace: bool
) -> None:
    state = settings.state_dir
    there = [str(state / file.name) for file in _files(new / "state") if (state / file.name).exists()]
    there += [str(file) for file in (state / WORKSPACES).glob("*")][:3]
    there += [volume["name"] for volume in manifest.volumes if has_files(engine, volume["name"])]
    if has_course(settings):
        there.append("the course's database")
    if there and not replace:
        raise RestoreRefused(
            "There is a course already",
            f"{', '.join(there[:5])}{' and more' if there[5:] else ''} would be overwritten",
            "containrlab restore --replace FILE keeps what is there aside",
        )


def _put(
    engine: docker.APIClient, settings: Settings, manifest: Manifest, new: Path, progress: Progress
) -> None:
    state = settings.state_dir
    for disk in list_open_workspaces(state / WORKSPACES):
        try:
            disk.close()
        except LoopDiskUnavailable as error:
            raise RestoreRefused("A workspace is in use", str(error), f"lsof {disk.device}") from error
    aside = state / f"before-restore-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    try:
        _replace(engine, settings, manifest, new, aside)
    finally:
        if any(aside.iterdir()):
            progress.say(f"What was there is in {aside}")
        else:
            aside.rmdir()
    progress.say(f"The course of {manifest.made} is in place; start it: containrlab up")


def _replace(
    engine: docker.APIClient, settings: Settings, manifest: Manifest, new: Path, aside: Path
) -> None:
    state = settings.state_dir
    for volume in manifest.volumes:
        put_volume(engine, settings, volume, new / "volumes" / f"{volume['name']}.tar", aside)
    for name in ("course.sqlite", "course.dump"):
        if (new / name).exists():
            put_course(settings, new / name, aside)
    if any((state / WORKSPACES).glob("*")):
        (state / WORKSPACES).rename(aside / WORKSPACES)
    if (new / "workspaces").exists():
        (new / "workspaces").chmod(0o700)
        (new / "workspaces").rename(state / WORKSPACES)  # in the place of an empty one, if there is one
    for file in _files(new / "state"):
        put_sqlite(file, state / file.name, aside)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []
