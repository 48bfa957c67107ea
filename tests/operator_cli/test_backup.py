"""A whole course: filled, backed up while it is in use, wiped, restored, and the same as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest
from click.testing import CliRunner, Result

from course_service.database import upgrade_database
from course_service.store import Store
from course_service.submission import Submission
from course_service.verdict import CheckResult, CheckStatus, Evidence, JudgeResult
from hub_config.settings import Settings
from operator_cli.locks import try_state_lock
from operator_cli.main import cli
from operator_cli.up import UP_LOCK
from spawner.labels import Role, make_labels, make_name
from spawner.session_policy import DiskLimit
from spawner.workspace_disk import WorkspaceDisk
from tests.postgres_server import KINDS, PASSWORD, settings_for

pytestmark = pytest.mark.engine

ODD = "a\n'b' \udcff"
VERDICT = JudgeResult((CheckResult("It builds", CheckStatus.PASSED),), (), Evidence("sha256:c", "l", "j"))


def run(*arguments: object) -> Result:
    """The command, as an operator calls it."""
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Settings of a course with either kind of database."""
    return settings_for(request.param, settings, request)


@pytest.fixture
def disk(settings: Settings) -> WorkspaceDisk:
    """Ada's, not made yet."""
    return WorkspaceDisk(settings.state_dir / "workspaces", "ada")


@pytest.fixture
def course(
    settings: Settings,
    disk: WorkspaceDisk,
    clean_engine: docker.APIClient,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[docker.APIClient]:
    """One in use: ada's session works on her disk, bob's workspace is a plain volume, the hub writes."""
    monkeypatch.setenv("CONTAINRLAB_INSTANCE", settings.instance)
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    if settings.db_url:
        monkeypatch.setenv("CONTAINRLAB_DB_URL", settings.db_url)
    fill_state(settings)
    disk.open(DiskLimit.of_mebibytes(64), owner=1000)
    (disk.device / "lab1").mkdir()
    (disk.device / "lab1" / "Dockerfile").write_text("FROM ada")
    (disk.device / "lab1" / "passwd").symlink_to("/etc/passwd")
    (disk.device / ODD).write_text("odd")
    volume = make_name(settings.instance, Role.WORKSPACE, "bob")
    labels = make_labels(settings.instance, Role.WORKSPACE, "bob")
    clean_engine.create_volume(volume, labels=labels)
    fill_volume(volume_folder(clean_engine, settings))
    yield clean_engine
    if disk.is_open:
        disk.close()
    clean_engine.remove_volume(volume, force=True)


def fill_state(settings: Settings) -> None:
    settings.state_dir.mkdir(mode=0o700)
    upgrade_database(settings.course_db_url)
    store = Store(settings.course_db_url)
    attempt = store.add_attempt(
        user="ada",
        server_name="",
        lab="lab1",
        submission=Submission({"Dockerfile": b"FROM x\n"}, frozenset()),
        if_interrupted=VERDICT,
    )
    store.finish_attempt(attempt.id, VERDICT)
    store.close()
    for name in ("jupyterhub_cookie_secret", "trial_password"):
        (settings.state_dir / name).write_text(f"canary of {name}")
        (settings.state_dir / name).chmod(0o600)
    (settings.state_dir / "hub.log").write_text("a log")
    hub = sqlite3.connect(settings.state_dir / "jupyterhub.sqlite")
    hub.execute("CREATE TABLE users (name)")
    hub.execute("INSERT INTO users VALUES ('ada')")
    hub.commit()
    hub.close()


def volume_folder(engine: docker.APIClient, settings: Settings) -> Path:
    volume = make_name(settings.instance, Role.WORKSPACE, "bob")
    return Path(engine.inspect_volume(volume)["Mountpoint"])


def fill_volume(folder: Path) -> None:
    (folder / "lab1").mkdir()
    (folder / "lab1" / "run.sh").write_text("bob")
    os.chown(folder / "lab1" / "run.sh", 1000, 1000)
    (folder / "lab1" / "run.sh").chmod(0o775)
    (folder / "out").symlink_to("/etc/passwd")


def wipe(settings: Settings, disk: WorkspaceDisk, engine: docker.APIClient) -> None:
    """A new machine."""
    disk.close()
    subprocess.run(["rm", "-rf", settings.state_dir], check=True)
    engine.remove_volume(make_name(settings.instance, Role.WORKSPACE, "bob"))


def check_all(settings: Settings, disk: WorkspaceDisk, engine: docker.APIClient) -> None:
    store = Store(settings.course_db_url)
    (attempt,) = store.list_attempts(user="ada")
    assert attempt.result == VERDICT.to_json()
    kept = store.load_submission(attempt.id)
    assert kept is not None
    assert dict(kept.files) == {"Dockerfile": b"FROM x\n"}
    store.close()
    for name in ("jupyterhub_cookie_secret", "trial_password"):
        assert (settings.state_dir / name).read_text() == f"canary of {name}"
        assert (settings.state_dir / name).stat().st_mode & 0o777 == 0o600
    hub = sqlite3.connect(settings.state_dir / "jupyterhub.sqlite")
    assert hub.execute("SELECT name FROM users").fetchall() == [("ada",)]
    hub.close()
    assert disk.image.stat().st_blocks * 512 < 24 * 2**20
    disk.open(DiskLimit.of_mebibytes(64), owner=1000)
    assert (disk.device / "lab1" / "Dockerfile").read_text() == "FROM ada"
    assert (disk.device / "lab1" / "passwd").readlink() == Path("/etc/passwd")
    assert (disk.device / ODD).read_text() == "odd"
    disk.close()
    script = volume_folder(engine, settings) / "lab1" / "run.sh"
    assert (script.read_text(), script.stat().st_uid, script.stat().st_mode & 0o777) == ("bob", 1000, 0o775)


def test_a_course_is_the_same_after_a_backup_and_a_restore(
    settings: Settings, disk: WorkspaceDisk, course: docker.APIClient, tmp_path: Path, request
):
    archive = tmp_path / "course.tar.gz"
    writing = sqlite3.connect(settings.state_dir / "jupyterhub.sqlite")
    writing.execute("INSERT INTO users VALUES ('not committed')")
    backed_up = run("backup", archive)
    assert backed_up.exit_code == 0, backed_up.output
    assert "canary" not in backed_up.output
    assert PASSWORD not in backed_up.output
    assert archive.stat().st_mode & 0o777 == 0o600
    writing.close()
    assert (disk.device / "lab1").is_dir()  # the session goes on

    wipe(settings, disk, course)
    target = settings
    if settings.db_url:
        target = replace(settings, db_url=request.getfixturevalue("postgres").new_database())
        request.getfixturevalue("monkeypatch").setenv("CONTAINRLAB_DB_URL", target.db_url)
    restored = run("restore", archive)
    assert restored.exit_code == 0, restored.output
    check_all(target, disk, course)
    assert not list(settings.state_dir.glob("before-restore-*"))
    assert not (settings.state_dir / "hub.log").exists()
    assert not list(settings.state_dir.glob("copies-*"))


def test_nothing_is_overwritten_unless_asked_and_then_kept_aside(
    settings: Settings, disk: WorkspaceDisk, course: docker.APIClient, tmp_path: Path
):
    archive = tmp_path / "course.tar.gz"
    assert run("backup", archive).exit_code == 0
    (disk.device / "lab1" / "Dockerfile").write_text("FROM later")
    (settings.state_dir / "trial_password").write_text("later")
    later = volume_folder(course, settings) / "later"
    later.write_text("bob's")

    refused = run("restore", archive)
    assert refused.exit_code == 2
    assert "There is a course already" in refused.output
    assert (disk.device / "lab1" / "Dockerfile").read_text() == "FROM later"

    replaced = run("restore", "--replace", archive)
    assert replaced.exit_code == 0, replaced.output
    check_all(settings, disk, course)
    assert not later.exists()
    (aside,) = settings.state_dir.glob("before-restore-*")
    assert (aside / "trial_password").read_text() == "later"
    volume = make_name(settings.instance, Role.WORKSPACE, "bob")
    listed = subprocess.run(
        ["tar", "-tf", aside / f"{volume}.tar"], check=True, capture_output=True, text=True
    )
    assert "./later" in listed.stdout
    assert (aside / "workspaces" / "ada.ext4").exists()
    assert (aside / ("course.dump" if settings.db_url else "course.sqlite")).exists()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_nothing_is_touched_by_a_broken_backup_or_while_a_course_runs(
    settings: Settings, disk: WorkspaceDisk, course: docker.APIClient, tmp_path: Path
):
    archive = tmp_path / "course.tar.gz"
    assert run("backup", archive).exit_code == 0
    again = run("backup", archive)
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    with try_state_lock(settings, UP_LOCK):
        running = run("restore", "--replace", archive)
    assert (running.exit_code, "A course runs" in running.output) == (2, True)
    archive.write_bytes(archive.read_bytes()[:-2000])
    (disk.device / "lab1" / "Dockerfile").write_text("FROM later")
    broken = run("restore", "--replace", archive)
    assert (broken.exit_code, "is not a whole backup" in broken.output) == (2, True)
    assert (disk.device / "lab1" / "Dockerfile").read_text() == "FROM later"
    assert not list(settings.state_dir.glob("before-restore-*"))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_database_is_upgraded_by_name(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    upgraded = run("db", "upgrade")
    assert (upgraded.exit_code, "has this version's tables" in upgraded.output) == (0, True)


@pytest.mark.parametrize("command", [("db", "upgrade"), ("up",)])
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_database_that_does_not_answer_is_said_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
):
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("CONTAINRLAB_DB_URL", "postgresql://course:canary@127.0.0.1:1/course")
    silent = run(*command)
    assert silent.exit_code == 2
    assert "Why:   postgresql+psycopg://course:***@127.0.0.1:1/course does not answer" in silent.output
    assert "canary" not in silent.output
