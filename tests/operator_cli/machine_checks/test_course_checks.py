"""The checks of programs, packages, images and the state folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import docker
import pytest

from hub_config.settings import Settings
from operator_cli.images import find_outdated
from operator_cli.locks import make_state_dir
from operator_cli.machine_checks.check import Status
from operator_cli.machine_checks.debian_packages import judge_packages
from operator_cli.machine_checks.images import judge_images
from operator_cli.machine_checks.machine import Machine
from operator_cli.machine_checks.programs import PROGRAMS, Programs, judge_programs
from operator_cli.machine_checks.state_folder import STATE_FOLDER, judge_state_folder
from operator_cli.packages import Packages
from operator_cli.progress import Progress


@pytest.mark.parametrize(
    ("seen", "status", "words"),
    [
        (Programs("3.13.5", "6.1.1", "v24.1.0", True), Status.PASS, "JupyterHub 6.1.1, node v24.1.0"),
        (Programs("3.13.5", None, "v24.1.0", True), Status.FAIL, "without jupyterhub"),
        (Programs("3.13.5", "6.1.1", None, False), Status.FAIL, "no node"),
        (Programs("3.13.5", "6.1.1", "v24.1.0", False), Status.FAIL, "no configurable-http-proxy"),
        (Programs("3.13.5", "6.1.1", "v12.22.9", True), Status.FAIL, "older than 18"),
    ],
)
def test_programs(seen: Programs, status: Status, words: str):
    finding = judge_programs(seen)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


def test_this_environment_has_its_programs(settings: Settings, progress: Progress):
    finding = PROGRAMS.look(Machine(settings, progress))
    assert finding.status is Status.PASS, finding


@pytest.mark.parametrize(
    ("missing", "has_apt", "status"),
    [
        ([], True, Status.PASS),
        (["nftables"], True, Status.WARN),
        pytest.param([], False, Status.FAIL, id="not a Debian"),
    ],
)
def test_packages(missing: list[str], has_apt: bool, status: Status):
    finding = judge_packages(missing, has_apt)
    assert (finding.status, finding.fix is not None) == (status, status is Status.WARN)


def test_images():
    assert judge_images([]).status is Status.PASS
    missing = judge_images(["image store"])
    assert (missing.status, missing.mend) == (Status.WARN, "containrlab images build")


@pytest.mark.engine
def test_missing_session_image_is_named_and_nothing_is_made(
    engine: docker.APIClient, image_store: str, settings: Settings, packages: Packages, progress: Progress
):
    tag = "containrlab-no-such-image:latest"
    assert tag in find_outdated(engine, replace(settings, session_image=tag), packages, progress)
    assert engine.images(name=tag) == []


@pytest.mark.parametrize(
    ("mode", "secrets", "status", "words"),
    [
        (None, {}, Status.PASS, "not made yet"),
        (0o700, {"trial_password": 0o600}, Status.PASS, "1 secrets, 0600"),
        pytest.param(0o500, {"trial_password": 0o400}, Status.PASS, "0700", id="stricter is fine"),
        (0o755, {}, Status.FAIL, "/state has mode 0755"),
        (0o700, {"trial_password": 0o644}, Status.FAIL, "trial_password has mode 0644"),
    ],
)
def test_state_folder(mode: int | None, secrets: dict[str, int], status: Status, words: str):
    finding = judge_state_folder(Path("/state"), mode, secrets)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


def test_open_secret_is_closed(settings: Settings, progress: Progress):
    machine = Machine(settings, progress)
    folder = make_state_dir(settings)
    secret = folder / "admin_password"
    secret.write_text("…")
    secret.chmod(0o640)
    folder.chmod(0o755)
    found = STATE_FOLDER.look(machine)
    assert found.status is Status.FAIL
    assert found.mend == f"chmod 700 {folder} && chmod 600 {secret}"
    assert found.fix is not None
    found.fix(machine)
    assert STATE_FOLDER.look(machine).status is Status.PASS
    assert (folder.stat().st_mode & 0o777, secret.stat().st_mode & 0o777) == (0o700, 0o600)
