"""A course on PostgreSQL that is backed up while a learner works, lost with its machine, and restored."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import docker
import pytest

from spawner.labels import Role, label_filters
from tests.hub_visitor import HubVisitor
from tests.postgres_server import PASSWORD, PostgresServer
from tests.running_course import ENGINE_SOCKET, own_settings, run_course

pytestmark = [pytest.mark.engine, pytest.mark.end_to_end]

JUDGE_SECONDS = 120
COMMAND_SECONDS = 120


def command(environment: dict[str, str], *arguments: object) -> subprocess.CompletedProcess[str]:
    """The operator's command with a course's settings."""
    return subprocess.run(
        [Path(sys.executable).parent / "containrlab", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=COMMAND_SECONDS,
    )


def test_a_learner_finds_everything_after_the_machine_was_lost(
    engine: docker.APIClient, image_store: str, postgres: PostgresServer, tmp_path: Path
):
    archive, folder = tmp_path / "course.tar.gz", tmp_path / "course"
    overrides = own_settings(
        "containrlab-test-backup", bridge_prefix="cbk", networks="10.214.20.0/22", first_port=18160
    )
    with run_course(engine, folder, {**overrides, "CONTAINRLAB_DB_URL": postgres.new_database()}) as course:
        ada = HubVisitor(course.url, "ada")
        ada.sign_in(course.password)
        ada.start_server()
        ada.session.get(f"{ada.server_url}/containrlab/open/lab1", timeout=30).raise_for_status()
        verdict = ada.check("lab1", JUDGE_SECONDS)
        backed_up = command(course.environment, "backup", archive)
        assert backed_up.returncode == 0, backed_up.stderr
        assert ada.is_answered()
        refused = command(course.environment, "restore", "--replace", archive)
        assert (refused.returncode, "A course runs" in refused.stderr) == (2, True)
        assert PASSWORD not in (course.settings.state_dir / "hub.log").read_text()

    shutil.rmtree(folder)  # the machine is lost, and with it the engine's volumes
    for volume in engine.volumes(filters=label_filters("containrlab-test-backup", Role.WORKSPACE))["Volumes"]:
        engine.remove_volume(volume["Name"])
    again = {**overrides, "CONTAINRLAB_DB_URL": postgres.new_database()}
    environment = {**course.environment, **again, "DOCKER_HOST": f"unix://{ENGINE_SOCKET}"}
    restored = command(environment, "restore", archive)
    assert restored.returncode == 0, restored.stderr
    with run_course(engine, folder, again) as course:
        ada = HubVisitor(course.url, "ada")
        ada.sign_in(course.password)
        ada.start_server()
        files = ada.session.get(f"{ada.server_url}/api/contents/lab1", timeout=30).json()["content"]
        assert "Dockerfile" in {file["name"] for file in files}
        api = f"{ada.server_url}/containrlab/api"
        (attempt,) = ada.session.get(f"{api}/attempts", timeout=30).json()["attempts"]
        assert attempt["result"]["score"] == verdict["score"]
