"""A session's folders, in real sessions: bounded, given back, and a learner's files never out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import docker
import pytest
from docker.errors import APIError, NotFound

from hub_config.settings import load_settings
from spawner.container_runtime import require_runtime
from spawner.docker_rendering import Volume, image_store_volume, render_container
from spawner.errors import RuntimeMissing, WorkspaceUnavailable
from spawner.image_store import find_image_store
from spawner.labels import OWNER, Role, make_name, new_session_key, session_labels, session_name
from spawner.session_parts import SESSION_DISKS
from spawner.session_policy import MEBIBYTE, DiskLimit, SessionPolicy
from spawner.session_remains import SessionRemains
from spawner.session_storage import WORKSPACES, SessionStorage, find_workspace_folder

pytestmark = pytest.mark.engine

POLICY = SessionPolicy(
    temporary_bytes=20 * MEBIBYTE,
    home_bytes=16 * MEBIBYTE,
    engine_data=DiskLimit(256 * MEBIBYTE, 8000),
    workspace=DiskLimit(64 * MEBIBYTE, 6400),
)
OWNER_NAME = "o'brien"
ESCAPED = "o-27brien"


@pytest.fixture(scope="module")
def instance() -> str:
    """Of this module alone: it makes volumes that outlive sessions."""
    return "containrlab-test-storage"


@dataclass
class Sessions:
    """Starts one learner's sessions without a hub and without a network."""

    engine: docker.APIClient
    storage: SessionStorage
    key: str = ""
    """Of the one that was started last."""

    @property
    def name(self) -> str:
        return session_name(self.storage.instance, OWNER_NAME)

    def start(self, policy: SessionPolicy = POLICY, provider: str = "auto") -> None:
        self.key = new_session_key()
        data = replace(self.storage, disk_provider=provider).make_engine_data(self.engine, policy, self.key)
        config = render_container(
            policy,
            image=load_settings().session_image,
            command=["sleep", "infinity"],
            environment={},
            labels=session_labels(self.storage.instance, self.key, "recipe"),
            network=None,
            volumes=[self.open_workspace(provider), *data, image_store_volume(find_image_store(self.engine))],
        )
        self.engine.create_container_from_config(config, self.name)
        self.engine.start(self.name)

    def open_workspace(self, provider: str) -> Volume:
        storage = replace(self.storage, disk_provider=provider)
        return storage.open_workspace(self.engine, POLICY, OWNER_NAME, ESCAPED)

    def run(self, command: str) -> tuple[int, str]:
        """How a learner's command ends, and what it prints."""
        call = self.engine.exec_create(self.name, ["bash", "-c", command], user="1000")
        output = self.engine.exec_start(call["Id"]).decode(errors="replace")
        return self.engine.exec_inspect(call["Id"])["ExitCode"], output

    def stop(self) -> None:
        SessionRemains(self.storage.folder, self.storage.instance, lambda: self.engine).remove(self.name)

    @property
    def volume(self) -> str:
        return make_name(self.storage.instance, Role.WORKSPACE, ESCAPED)

    @property
    def workspace_image(self) -> Path:
        return self.storage.folder / WORKSPACES / f"{ESCAPED}.ext4"


@pytest.fixture
def sessions(
    clean_engine: docker.APIClient, image_store: str, instance: str, tmp_path: Path
) -> Iterator[Sessions]:
    """One learner's sessions; their volume and disks are removed at the end."""
    sessions = Sessions(clean_engine, SessionStorage(tmp_path, instance, "auto"))
    yield sessions
    sessions.stop()
    with suppress(NotFound):
        clean_engine.remove_volume(sessions.volume)
    mounts = Path("/proc/mounts").read_text()
    assert str(tmp_path) not in mounts
    assert not (tmp_path / SESSION_DISKS).exists() or list((tmp_path / SESSION_DISKS).iterdir()) == []


@pytest.mark.parametrize(
    ("fill", "free"),
    [
        pytest.param("head -c 1G /dev/zero > /workspace/big", "rm /workspace/big", id="workspace, bytes"),
        pytest.param(
            "cd /workspace && mkdir many && cd many && seq 9000 | xargs touch",
            "rm -r /workspace/many",
            id="workspace, files",
        ),
        pytest.param("head -c 1G /dev/zero > /tmp/big", "rm /tmp/big", id="/tmp"),
        pytest.param("head -c 1G /dev/zero > ~/big", "rm ~/big", id="home"),
        pytest.param(
            "docker run --name full python:3.13-slim dd if=/dev/zero of=/big bs=1M",
            "docker rm full",
            id="engine, bytes",
        ),
        pytest.param(
            "docker run --name full python:3.13-slim sh -c 'seq 9000 | xargs touch'",
            "docker rm full",
            id="engine, files",
        ),
    ],
)
def test_what_is_full_says_so_and_can_be_emptied(sessions: Sessions, fill: str, free: str):
    sessions.start()
    assert sessions.run("wait-for-engine 30")[0] == 0
    exit_code, output = sessions.run(fill)
    assert exit_code != 0
    assert "No space left on device" in output
    assert _disk_use(sessions) <= POLICY.engine_data.bytes + POLICY.workspace.bytes
    exit_code, output = sessions.run(
        f"{free} && docker run --rm python:3.13-slim true && touch /workspace/a /tmp/a ~/a"
    )
    assert exit_code == 0, output
    sessions.stop()
    assert _disk_use(sessions) <= 8 * MEBIBYTE  # the workspace's own bookkeeping


def test_a_workspace_outlives_its_session_and_the_engines_data_does_not(sessions: Sessions, instance: str):
    sessions.start()
    assert sessions.run("echo mine > /workspace/a.txt && touch /engine/b")[0] == 0
    volume = sessions.engine.inspect_volume(sessions.volume)
    assert volume["Labels"][OWNER] == OWNER_NAME
    sessions.stop()
    sessions.start()
    assert sessions.run("(cat /workspace/a.txt; ls /engine/b) 2>&1")[1].startswith("mine\nls: cannot access")


def test_a_session_without_its_disk_does_not_start(sessions: Sessions):
    sessions.start()
    sessions.stop()
    volume = sessions.engine.inspect_volume(sessions.volume)
    assert volume["Options"]["o"] == "bind"
    container = sessions.engine.create_container(
        load_settings().session_image,
        name=sessions.name,
        labels=session_labels(sessions.storage.instance, sessions.key, "recipe"),
        host_config=sessions.engine.create_host_config(binds=[f"{sessions.volume}:/elsewhere"]),
    )
    with pytest.raises(APIError, match="no such file or directory"):
        sessions.engine.start(container)


def test_a_plain_workspace_is_used_as_it_is_once_disks_are_bounded(sessions: Sessions, caplog):
    sessions.start(provider="none")
    assert sessions.run("echo mine > /workspace/a.txt")[0] == 0
    sessions.stop()
    sessions.start(provider="loop")
    assert sessions.run("cat /workspace/a.txt") == (0, "mine\n")
    assert "older than the limit" in caplog.text


def test_a_workspaces_disk_is_used_also_where_disks_are_no_longer_bounded(sessions: Sessions, caplog):
    sessions.start(provider="loop")
    assert sessions.run("echo mine > /workspace/a.txt")[0] == 0
    sessions.stop()
    sessions.engine.remove_volume(sessions.volume)  # a `docker volume prune`: it holds no files
    sessions.start(provider="none")
    assert sessions.run("cat /workspace/a.txt") == (0, "mine\n")
    assert "stays on its disk" in caplog.text


def test_a_workspace_whose_disk_is_missing_is_never_replaced_by_an_empty_one(sessions: Sessions):
    sessions.start()
    sessions.stop()
    away = sessions.workspace_image.rename(sessions.storage.folder / "away.ext4")
    for provider in ("loop", "none"):
        with pytest.raises(WorkspaceUnavailable, match="Put it back"):
            sessions.open_workspace(provider)
    away.rename(sessions.workspace_image)
    sessions.start()


def test_a_workspace_moves_with_the_state_folder(sessions: Sessions, tmp_path: Path):
    sessions.start()
    assert sessions.run("echo mine > /workspace/a.txt")[0] == 0
    sessions.stop()
    sessions.storage = replace(sessions.storage, folder=tmp_path / "moved")
    with pytest.raises(WorkspaceUnavailable, match="Set CONTAINRLAB_STATE_DIR"):
        sessions.open_workspace("loop")
    sessions.storage.folder.mkdir(exist_ok=True)
    (tmp_path / WORKSPACES).rename(sessions.storage.folder / WORKSPACES)
    sessions.start()
    assert sessions.run("cat /workspace/a.txt") == (0, "mine\n")


@pytest.mark.parametrize("provider", ["loop", "none"])
def test_a_session_that_waited_is_given_the_folder_that_others_mount(sessions: Sessions, provider: str):
    folder = find_workspace_folder(sessions.engine, sessions.open_workspace(provider))
    (folder / "a.txt").write_text("mine")
    sessions.start(provider=provider)
    assert sessions.run("cat /workspace/a.txt") == (0, "mine")


def test_that_folder_is_the_volumes_own_where_one_was_made_for_another_place(
    sessions: Sessions, tmp_path: Path
):
    # As an operator does who keeps workspaces elsewhere: it is used as it is.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    bind = {"type": "none", "o": "bind", "device": str(elsewhere)}
    sessions.engine.create_volume(sessions.volume, driver_opts=bind)
    assert find_workspace_folder(sessions.engine, sessions.open_workspace("loop")) == elsewhere


def test_an_engine_in_memory_works_and_is_bounded(sessions: Sessions):
    sessions.start(provider="tmpfs")
    assert sessions.run("wait-for-engine 30")[0] == 0
    exit_code, output = sessions.run("docker run --rm python:3.13-slim dd if=/dev/zero of=/big bs=1M")
    assert exit_code != 0
    assert "No space left on device" in output
    # The inner engine gives an ended container's layer back a moment later.
    until_it_works = "until docker run --rm python:3.13-slim true; do sleep 0.2; done"
    assert sessions.run(f"timeout 30 bash -c '{until_it_works}'")[0] == 0


def test_no_file_can_be_moved_out_of_a_quota(sessions: Sessions):
    sessions.start()
    move = "import fcntl; fcntl.ioctl(open('/workspace/a', 'w'), {}, bytes(28))"
    for call in (0x401C5820, 0x40086602):  # FS_IOC_FSSETXATTR, FS_IOC_SETFLAGS
        assert "Operation not permitted" in sessions.run(f'python3 -c "{move.format(call)}"')[1]


def test_the_runtime_is_the_one_that_was_asked_for(sessions: Sessions):
    sessions.start(replace(POLICY, runtime="runc"))
    assert sessions.engine.inspect_container(sessions.name)["HostConfig"]["Runtime"] == "runc"


def test_a_runtime_that_is_not_installed_is_refused_with_those_that_are(engine: docker.APIClient):
    require_runtime(engine, "")
    with pytest.raises(RuntimeMissing, match=r"no runtime nosuch; it has: .*runc"):
        require_runtime(engine, "nosuch")


def _disk_use(sessions: Sessions) -> int:
    """Bytes that the session's and the learner's disks take on this machine."""
    return sum(path.stat().st_blocks * 512 for path in sessions.storage.folder.glob("*/*.ext4"))
