"""The whole bench once, in its short form: it measures everything, keeps the goals, and leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.firewall import remove_firewall
from tests.free_ports import free_ports
from tests.host_inventory import HostInventory

INSTANCE = "containrlab-test-bench"
RUN_SECONDS = 540
RATIOS = ("warm_start_ratio", "cold_start_ratio", "image_growth_ratio", "judge_ratio", "idle_memory_ratio")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        instance=INSTANCE, state_dir=tmp_path / "state", bridge_prefix="qb", egress_port=free_ports(1)[0]
    )


@pytest.mark.engine
@pytest.mark.timeout(RUN_SECONDS + 60)
def test_short_bench_keeps_the_goals_with_room_and_leaves_nothing(
    engine: docker.APIClient, image_store: str, settings: Settings
):
    before = HostInventory(engine, settings).count()
    environment = {
        **os.environ,
        "CONTAINRLAB_INSTANCE": settings.instance,
        "CONTAINRLAB_STATE_DIR": str(settings.state_dir),
        "CONTAINRLAB_BRIDGE_PREFIX": settings.bridge_prefix,
        "CONTAINRLAB_EGRESS_PORT": str(settings.egress_port),
    }
    command = [Path(sys.executable).parent / "containrlab", "bench", "--short", "--check", "--json"]
    try:
        run = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=RUN_SECONDS
        )
    finally:
        remove_firewall(settings)  # of the judge; the bench's courses took theirs away themselves

    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    report = json.loads(run.stdout)
    assert all(report[name] > 0 for name in RATIOS)
    assert 0 < report["session_disk_mb"] < 15
    assert report["storm"]["failed"] == 0
    assert report["storm"]["started"] == len(report["measurements"]["storm_start"]["values"]) == 8
    assert report["storm"]["p50"] <= report["storm"]["p95"] <= report["storm"]["max"]
    assert {goal["figure"] for goal in report["goals"]} >= {*RATIOS, "session_disk_mb", "storm.failed"}
    assert not any("p95" in goal["figure"] for goal in report["goals"])  # seconds
    assert HostInventory(engine, settings).left_behind(before, []) == []
    assert not (settings.state_dir / "bench").exists()
