"""The way of a workspace into a session that is there already, on a real machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import docker
import pytest
from docker.errors import NotFound

from spawner.labels import SESSION, Role, make_labels, new_session_key
from spawner.mount_table import list_mounts
from spawner.workspace_entrance import ENTRANCES, WorkspaceEntrance, close_entrances, list_entrances
from tests.abandoned_session import IMAGE

pytestmark = pytest.mark.engine

MAKE = """
import sys
from pathlib import Path
from spawner.workspace_entrance import WorkspaceEntrance
for key in sys.argv[2:]:
    WorkspaceEntrance(Path(sys.argv[1]), key).make()
"""


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone."""
    return "containrlab-test-entrance"


@pytest.fixture(params=["private", "shared"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A state folder on a machine whose mounts are private, as in a container, or shared, as of systemd."""
    subprocess.run(["mount", "-t", "tmpfs", "none", tmp_path], check=True)
    subprocess.run(["mount", f"--make-{request.param}", tmp_path], check=True)
    yield tmp_path
    left = _mounts_below(tmp_path)
    subprocess.run(["umount", "--recursive", tmp_path], check=True)
    assert left == []


@pytest.fixture
def workspace(folder: Path) -> Path:
    """A learner's, with a file."""
    workspace = folder / "workspace"
    workspace.mkdir()
    workspace.chmod(0o777)
    (workspace / "a.txt").write_text("mine")
    return workspace


@pytest.fixture
def start(clean_engine: docker.APIClient, instance: str) -> Iterator[Callable[[WorkspaceEntrance], str]]:
    """Starts a container with this entrance; its id."""
    started = []

    def call(entrance: WorkspaceEntrance) -> str:
        config = {
            "Image": IMAGE,
            "Cmd": ["sleep", "infinity"],
            "User": "1000",
            "Labels": {**make_labels(instance, Role.SESSION), SESSION: entrance.key},
            "HostConfig": {"NetworkMode": "none", "Mounts": [entrance.make().render()]},
        }
        name = f"{instance}-entrance-{entrance.key}"
        started.append(clean_engine.create_container_from_config(config, name)["Id"])
        clean_engine.start(started[-1])
        return started[-1]

    yield call
    for container in started:
        with suppress(NotFound):
            clean_engine.remove_container(container, v=True, force=True)


def run(engine: docker.APIClient, container: str, command: str, user: str = "1000") -> str:
    """What a command prints in a container that runs already."""
    call = engine.exec_create(container, ["sh", "-c", command], user=user)
    output: bytes = engine.exec_start(call["Id"])
    return output.decode().strip()


def test_a_workspace_comes_into_a_container_that_runs_and_goes_again(
    folder: Path, workspace: Path, clean_engine: docker.APIClient, start
):
    entrance, other = (WorkspaceEntrance(folder, new_session_key()) for _ in range(2))
    container, others = start(entrance), start(other)
    for user in ("1000", "0"):
        assert "Read-only file system" in run(clean_engine, container, "touch /workspace/early 2>&1", user)
    entrance.admit(workspace)
    assert run(clean_engine, container, "cat /workspace/a.txt") == "mine"
    assert run(clean_engine, others, "ls -A /workspace") == "", "another's entrance"
    run(clean_engine, container, "echo hers > /workspace/b.txt")
    assert (workspace / "b.txt").read_text() == "hers\n"
    assert len(list_mounts(entrance.path)) == 1

    clean_engine.remove_container(container, force=True)
    clean_engine.remove_container(others, force=True)
    for one in (entrance, other):
        one.remove()
        one.remove()  # what is gone already is fine
        assert list_mounts(one.path) == []
    assert (workspace / "a.txt").exists()
    assert list_entrances(folder) == set()
    close_entrances(folder)
    close_entrances(folder)


def test_those_who_make_the_first_at_once_share_one_mount(folder: Path):
    keys = [[new_session_key() for _ in range(3)] for _ in range(4)]
    makers = [subprocess.Popen([sys.executable, "-c", MAKE, folder, *some]) for some in keys]
    assert [maker.wait(60) for maker in makers] == [0] * len(makers)
    assert [mount.is_shared for mount in list_mounts(folder / ENTRANCES)] == [True]
    assert list_entrances(folder) == {key for some in keys for key in some}
    close_entrances(folder)
    assert len(list_mounts(folder / ENTRANCES)) == 1, "while there are any, it stays"
    for key in list_entrances(folder):
        WorkspaceEntrance(folder, key).remove()
    close_entrances(folder)


def test_what_is_mounted_there_is_mounted_nowhere_else(folder: Path, workspace: Path):
    entrance = WorkspaceEntrance(folder, new_session_key())
    entrance.make()
    entrance.admit(workspace)
    assert _mounts_below(folder) == [str(folder / ENTRANCES), str(entrance.path)]
    entrance.remove()
    close_entrances(folder)


def _mounts_below(folder: Path) -> list[str]:
    places = [line.split(" ")[1] for line in Path("/proc/mounts").read_text().splitlines()]
    return [place for place in places if place.startswith(f"{folder}/")]
