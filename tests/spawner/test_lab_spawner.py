"""LabSpawner apart from a hub: its traits, and what a learner reads when a start fails."""

from __future__ import annotations

import os
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.spawner import SpawnException
from traitlets import TraitError
from traitlets.config import Config

from spawner import lab_spawner
from spawner.docker_engine import connect_engine
from spawner.docker_rendering import Volume
from spawner.errors import SessionNotReady
from spawner.lab_spawner import LabSpawner
from spawner.session_limits import SessionLimits
from spawner.session_maker import Session, SessionMaker
from spawner.session_policy import GIBIBYTE, MEBIBYTE, DiskLimit, Egress, SessionPolicy
from spawner.warm_pool import WarmPool


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


class Steps(list[str]):
    """What a start does, in turn, in place of what it does to the engine; `fails` says what it cannot do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, ready: Session | None, fails: str = "") -> None:
        super().__init__()
        self.fails = fails

        async def claim(_pool: object, _maker: object, name: str) -> Session | None:
            self.take(f"claim {name}")
            return ready

        async def become_ready(_spawner: object, session: Session, seconds: float) -> Session:
            self.take(f"wait {seconds:g} s for the {session.key} one")
            return session

        async def remove(_spawner: object) -> None:
            self.take("remove")

        def open_workspace(_spawner: object) -> Future[Volume]:
            self.take("open the workspace")
            opened: Future[Volume] = Future()
            opened.set_result(Volume("/workspace", {}, "work"))
            return opened

        def make(_maker: object, _engine: object, **how: Any) -> Session:
            self.take(f"make {how['name']('key')} with {how['workspace']('key').name}")
            return COLD

        def admit(_engine: object, _maker: object, session: Session, _workspace: Future[Volume]) -> None:
            self.take(f"admit to the {session.key} one")

        monkeypatch.setattr(lab_spawner, "shared_engine", lambda: None)
        monkeypatch.setattr(lab_spawner, "_admit", admit)
        monkeypatch.setattr(WarmPool, "claim", claim)
        monkeypatch.setattr(SessionMaker, "make", make)
        monkeypatch.setattr(LabSpawner, "_become_ready", become_ready)
        monkeypatch.setattr(LabSpawner, "_remove_session", remove)
        monkeypatch.setattr(LabSpawner, "_open_workspace", open_workspace)

    def take(self, step: str) -> None:
        self.append(step)
        if self.fails and step.startswith(self.fails):
            raise SessionNotReady("it does not")


NAME = "containrlab-session-o-27brien"
WARM = Session("1", "pool", "warm", "recipe", "192.0.2.1", "192.0.2.2")
COLD = Session("2", NAME, "cold", "recipe", "192.0.2.9", "192.0.2.10")
BEGIN = ["remove", "open the workspace", f"claim {NAME}"]
MAKE = [f"make {NAME} with work", "wait 30 s for the cold one"]


async def test_who_comes_when_one_is_ready_is_given_it(monkeypatch: pytest.MonkeyPatch):
    steps = Steps(monkeypatch, ready=WARM)
    assert await make_spawner().start() == (WARM.address, 8888)
    assert steps == [*BEGIN, "admit to the warm one", f"wait {lab_spawner.WARM_SECONDS} s for the warm one"]


async def test_who_comes_when_none_is_ready_waits_for_a_new_one(monkeypatch: pytest.MonkeyPatch):
    steps = Steps(monkeypatch, ready=None)
    assert await make_spawner().start() == (COLD.address, 8888)
    assert steps == [*BEGIN, *MAKE]


@pytest.mark.parametrize("fails", ["admit", f"wait {lab_spawner.WARM_SECONDS} s for the warm one"])
async def test_one_that_was_ready_and_fails_is_removed_before_a_new_one_is_made(
    monkeypatch: pytest.MonkeyPatch, fails: str
):
    steps = Steps(monkeypatch, ready=WARM, fails=fails)
    assert await make_spawner().start() == (COLD.address, 8888)
    assert steps[-5].startswith(fails)
    assert steps[-4:] == ["remove", "open the workspace", *MAKE]
