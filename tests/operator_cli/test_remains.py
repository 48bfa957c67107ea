"""What a course leaves when it is ended or killed, and what must stay."""

from __future__ import annotations

import io
from pathlib import Path

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.progress import Progress
from operator_cli.remains import count_sessions, remove_sessions
from spawner.labels import pool_name
from spawner.session_parts import SESSION_DISKS
from spawner.session_remains import SessionRemains
from tests.abandoned_session import LIMIT, abandon_session

pytestmark = pytest.mark.engine


def test_sessions_go_and_those_that_wait_and_workspaces_are_unmounted_and_stay(
    clean_engine: docker.APIClient, settings: Settings, progress: Progress, told: io.StringIO
):
    remains = SessionRemains(settings.state_dir, settings.instance, lambda: clean_engine)
    alices, waiting = (
        abandon_session(remains, name, bridge_prefix=settings.bridge_prefix, block=settings.session_networks)
        for name in ("alice", "nobody")
    )
    clean_engine.rename(waiting.name, pool_name(settings.instance, waiting.key))
    waiting.workspace.close()
    assert count_sessions(settings) == 1
    remove_sessions(clean_engine, settings, progress)
    assert count_sessions(settings) == 0
    assert str(settings.state_dir) not in Path("/proc/mounts").read_text()
    assert list((settings.state_dir / SESSION_DISKS).iterdir()) == []
    workspace = alices.workspace
    assert sorted(workspace.folder.iterdir()) == sorted([workspace.image, waiting.workspace.image])
    assert "Ending 1 sessions: done" in told.getvalue()
    assert "Removing 1 sessions that nobody came for: done" in told.getvalue()
    workspace.open(LIMIT, owner=1000)
    assert (workspace.device / "a.txt").read_text() == "mine"
    workspace.close()
