"""LabSpawner apart from a hub: its traits, and what a learner reads when a start fails."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.spawner import SpawnException
from traitlets import TraitError
from traitlets.config import Config

from spawner import lab_spawner
from spawner.docker_engine import connect_engine
from spawner.lab_spawner import LabSpawner
from spawner.session_limits import SessionLimits
from spawner.session_policy import GIBIBYTE, MEBIBYTE, DiskLimit, Egress, SessionPolicy


@dataclass
class Learner:
    """As much of JupyterHub's user as naming needs; `settings` is the hub's."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


def make_spawner(config: Config | None = None, learner: Learner | None = None) -> LabSpawner:
    return LabSpawner(user=learner or Learner("o'brien"), config=config or Config())


def test_defaults_are_the_policys_own():
    assert make_spawner().policy == SessionPolicy()


def test_traits_reach_the_policy():
    config = Config(
        LabSpawner={
            "mem_limit": "2G",
            "cpu_limit": 0.5,
            "pids_limit": 256,
            "open_files_limit": 2048,
            "log_limit": "1M",
            "temporary_limit": "100M",
            "home_limit": "32M",
            "disk_limit": "2G",
            "disk_files_limit": 100_000,
            "workspace_limit": "512M",
            "workspace_files_limit": 50_000,
            "egress": "none",
            "runtime": "kata",
        }
    )
    assert make_spawner(config).policy == SessionPolicy(
        memory_bytes=2 * GIBIBYTE,
        cpus=0.5,
        processes=256,
        open_files=2048,
        log_bytes=MEBIBYTE,
        temporary_bytes=100 * MEBIBYTE,
        home_bytes=32 * MEBIBYTE,
        engine_data=DiskLimit(2 * GIBIBYTE, 100_000),
        workspace=DiskLimit(512 * MEBIBYTE, 50_000),
        egress=Egress.NONE,
        runtime="kata",
    )


def test_each_limit_says_its_unit_and_its_reason():
    # The first line says what and in what, what follows says why; None is JupyterHub's own, not ours.
    for name in SessionLimits.class_own_traits():
        first_line, _, reason = str(getattr(SessionLimits, name).help).partition("\n")
        assert first_line.endswith("."), name
        assert reason.strip() or name == "egress", name


@pytest.mark.parametrize(
    "limits", [{"pids_limit": 1}, {"cpu_limit": 0}, {"egress": "everything"}, {"disk_provider": "zfs"}]
)
def test_limit_that_cannot_be_meant_is_refused(limits: dict[str, object]):
    with pytest.raises(TraitError):
        make_spawner(Config(LabSpawner=limits))


def test_learners_name_is_made_safe_in_the_engine():
    name = make_spawner().object_name
    assert name.startswith("containrlab-session-o")
    assert "'" not in name


async def test_engine_that_is_down_is_a_sentence_for_the_learner_and_a_cause_for_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setitem(os.environ, "DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
    monkeypatch.setattr(lab_spawner, "shared_engine", connect_engine)
    with pytest.raises(SpawnException) as caught:
        await make_spawner().start()
    assert caught.value.status_code == 503
    assert caught.value.reason == "engine_unavailable"
    assert "does not answer" in caught.value.message
    assert "nothing.sock" not in caught.value.message
    assert "The Docker engine does not answer" in caught.value.log_message
