"""An engine is found, started, or plainly reported missing."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub_config.settings import Settings
from operator_cli import engine as engine_module
from operator_cli.engine import ensure_engine, find_engine, own_engine
from operator_cli.engine_guard import EngineGuard
from operator_cli.errors import EngineMissing, NeedsRoot
from operator_cli.own_process import OwnProcess
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for


@pytest.fixture
def put_dockerd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Puts a `dockerd` first on PATH; no engine answers at the address that the tests use."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr(engine_module, "_SYSTEMD", tmp_path / "no-systemd-here")
    monkeypatch.setattr(engine_module, "_PID_FILE", tmp_path / "docker.pid")
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def put(script: str) -> None:
        (folder / "dockerd").write_text(f"#!/bin/bash\n{script}\n")
        (folder / "dockerd").chmod(0o755)

    yield put
    OwnProcess("dockerd", tmp_path / "state", marker="dockerd").end()


def test_missing_engine_is_named_with_its_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(EngineMissing, match=f"nothing answers at unix://{tmp_path}/docker.sock"):
        find_engine()


def test_ordinary_user_is_told_to_use_sudo(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    settings: Settings,
    packages: Packages,
    progress: Progress,
):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr(engine_module, "is_root", lambda: False)
    with pytest.raises(NeedsRoot) as error:
        ensure_engine(settings, packages, progress)
    assert "sudo -E" in error.value.remedy


def test_engine_that_ends_at_its_start_is_told_in_its_own_words(
    put_dockerd: Callable[[str], None], settings: Settings, packages: Packages, progress: Progress
):
    put_dockerd("echo 'Devices cgroup is not mounted' >&2; exit 1")
    with pytest.raises(EngineMissing, match="ended at its start") as error:
        ensure_engine(settings, packages, progress)
    assert error.value.log_tail == ("Devices cgroup is not mounted",)


def test_engine_that_never_answers_is_given_up(
    put_dockerd: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    packages: Packages,
    progress: Progress,
):
    put_dockerd('mkfifo "$0.never"; read -r _ < "$0.never"')
    monkeypatch.setattr(engine_module, "START_SECONDS", 0.5)
    with pytest.raises(EngineMissing, match="did not answer within"):
        ensure_engine(settings, packages, progress)
    assert not (settings.state_dir / "dockerd.pid").exists()


def test_pid_file_of_a_machine_that_went_down_hard_is_forgotten(
    put_dockerd: Callable[[str], None],
    tmp_path: Path,
    settings: Settings,
    packages: Packages,
    progress: Progress,
):
    pid_file = tmp_path / "docker.pid"
    pid_file.write_text(str(os.getpid()))  # a number that another program has now
    put_dockerd(f'test -e {pid_file} && echo "pid file found" || echo "free to start"; exit 1')
    with pytest.raises(EngineMissing) as error:
        ensure_engine(settings, packages, progress)
    assert error.value.log_tail == ("free to start",)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """For sockets, whose paths have at most 107 characters (unix(7)); pytest makes longer ones."""
    with tempfile.TemporaryDirectory(prefix="cl-") as folder:
        yield Path(folder)


@pytest.mark.engine
def test_an_engine_is_started_where_none_answers(
    put_dockerd: Callable[[str], None],
    short_folder: Path,
    settings: Settings,
    packages: Packages,
    progress: Progress,
    told: io.StringIO,
):
    folder = short_folder
    real = shutil.which("dockerd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert real, "dockerd is not installed; run: containrlab prepare"
    # Namespaces of its own: an engine without a bridge removes the machine's docker0, and it mounts its data
    # root over itself.
    put_dockerd(
        f"exec unshare --net --mount {real} --data-root {folder}/data "
        f"--exec-root {folder}/run --pidfile {folder}/pid "
        '--bridge none --iptables=false --ip6tables=false "$@"'
    )
    started = ensure_engine(settings, packages, progress)
    with contextlib.closing(started):
        assert started.info()["DockerRootDir"] == f"{folder}/data"
    assert "Starting the Docker engine: done" in told.getvalue()

    ensure_engine(settings, packages, progress).close()  # it answers: nothing is started
    assert told.getvalue().count("Starting the Docker engine: done") == 1
    started.close()

    process = own_engine(settings)
    guard = EngineGuard(process, progress)
    guard.look()
    assert "has died" not in told.getvalue()
    os.kill(int(process.pid_file.read_text()), signal.SIGKILL)
    assert wait_for(lambda: not process.is_alive(), 5)

    def is_back() -> bool:
        guard.look()
        return process.is_alive()

    assert wait_for(is_back, 60)
    find_engine().close()
    assert "The Docker engine answers again" in told.getvalue()
