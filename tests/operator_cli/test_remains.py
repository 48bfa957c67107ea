"""What a course leaves when it is ended or killed, and what must stay."""

from __future__ import annotations

import io
from pathlib import Path

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.progress import Progress
from operator_cli.remains import remove_sessions
from spawner.labels import Role, make_name
from spawner.loop_disk import LoopDisk
from spawner.session_policy import DiskLimit
from spawner.session_storage import SESSION_DISKS, WORKSPACES
from spawner.workspace_disk import WorkspaceDisk

pytestmark = pytest.mark.engine

LIMIT = DiskLimit.of_mebibytes(64)


def test_disks_of_sessions_go_and_workspaces_are_unmounted_and_stay(
    engine: docker.APIClient, settings: Settings, progress: Progress, told: io.StringIO
):
    session = LoopDisk(
        settings.state_dir / SESSION_DISKS, make_name(settings.instance, Role.SESSION, "alice")
    )
    session.create(LIMIT, owner=1000, subfolders=["engine"])
    workspace = WorkspaceDisk(settings.state_dir / WORKSPACES, "alice")
    workspace.open(LIMIT, owner=1000)
    (workspace.device / "a.txt").write_text("mine")
    remove_sessions(engine, settings, progress)
    assert str(settings.state_dir) not in Path("/proc/mounts").read_text()
    assert list(session.folder.iterdir()) == []
    assert list(workspace.folder.iterdir()) == [workspace.image]
    assert "Ending 1 sessions: done" in told.getvalue()
    workspace.open(LIMIT, owner=1000)
    assert (workspace.device / "a.txt").read_text() == "mine"
    workspace.close()
