"""The checks of the engine, on what engines of other kinds of machine say, and on ones that say nothing."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_config.settings import ROOT, Settings
from operator_cli.machine_checks import engine_facts
from operator_cli.machine_checks.check import NotLookedAt, Status
from operator_cli.machine_checks.engine import ENGINE, has_dns_leak, judge_engine
from operator_cli.machine_checks.engine_facts import EngineFacts, EngineSilent, read_engine
from operator_cli.machine_checks.engine_place import judge_engine_place
from operator_cli.machine_checks.machine import Machine
from operator_cli.machine_checks.runtime import judge_runtime
from operator_cli.machine_checks.selinux import judge_selinux
from operator_cli.machine_checks.storage_driver import judge_storage_driver
from operator_cli.machine_checks.subordinate_ids import (
    SESSION_COUNT,
    SESSION_FIRST,
    SubordinateIds,
    find_remap_count,
    judge_subordinate_ids,
)
from operator_cli.machine_checks.swap_limit import judge_swap_limit
from operator_cli.progress import Progress
from tests.operator_cli.machine_checks.engines import (
    DEBIAN_12,
    DOCKER_29,
    DOCKER_DESKTOP,
    FEDORA,
    PODMAN,
    REMAPPED,
    ROOTLESS,
    make_engine,
)


@pytest.mark.parametrize(
    ("engine", "status", "words"),
    [
        (DEBIAN_12, Status.WARN, "CVE-2024-29018"),
        (make_engine("19.03.15"), Status.FAIL, "older than 20.10"),
        (make_engine("28.1.1"), Status.PASS, "sessions end with a restart"),
        pytest.param(DOCKER_29, Status.PASS, "sessions outlive a restart", id="live-restore"),
        (PODMAN, Status.FAIL, "Podman 4.3.1"),
        (ROOTLESS, Status.FAIL, "rootless"),
    ],
)
def test_engine(engine: EngineFacts, status: Status, words: str):
    finding = judge_engine(engine)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("number", "leaks"),
    [
        ((20, 10, 24), True),
        ((23, 0, 10), True),
        ((23, 0, 11), False),
        pytest.param((24, 0, 9), True, id="a line that was never mended"),
        ((25, 0, 4), True),
        ((25, 0, 5), False),
        ((26, 0, 0), False),
        ((28, 1, 1), False),
    ],
)
def test_dns_leak_by_version(number: tuple[int, ...], leaks: bool):
    assert has_dns_leak(number) is leaks


@pytest.mark.parametrize(
    ("engine", "status", "words"),
    [
        (make_engine(), Status.PASS, "/var/lib/docker"),
        (make_engine(address="tcp://192.0.2.1:2375"), Status.FAIL, "DOCKER_HOST is tcp://192.0.2.1:2375"),
        pytest.param(DOCKER_DESKTOP, Status.FAIL, "Docker Desktop", id="a socket into a virtual machine"),
    ],
)
def test_engine_place(engine: EngineFacts, status: Status, words: str):
    finding = judge_engine_place(engine, "6.1.0-34-amd64")
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("engine", "status", "words"),
    [
        (DEBIAN_12, Status.PASS, "overlay2 on extfs"),
        pytest.param(DOCKER_29, Status.PASS, "overlayfs", id="the containerd store"),
        (make_engine(Driver="vfs", DriverStatus=[]), Status.WARN, "vfs"),
        (make_engine(Driver="btrfs", DriverStatus=[]), Status.WARN, "btrfs"),
        (
            make_engine(DriverStatus=[["Backing Filesystem", "xfs"], ["Supports d_type", "false"]]),
            Status.FAIL,
            "d_type",
        ),
    ],
)
def test_storage_driver(engine: EngineFacts, status: Status, words: str):
    finding = judge_storage_driver(engine)
    assert (finding.status, words in finding.seen) == (status, True), finding.seen


@pytest.mark.parametrize(
    ("engine", "status", "seen"),
    [
        (make_engine(), Status.PASS, "runc"),
        (
            make_engine(Runtimes={"runc": {}, "sysbox-runc": {}}),
            Status.PASS,
            "runc; also installed: sysbox-runc",
        ),
        (make_engine(DefaultRuntime="runsc"), Status.WARN, "runsc; also installed: runc"),
    ],
)
def test_runtime(engine: EngineFacts, status: Status, seen: str):
    finding = judge_runtime(engine)
    assert finding.status is status
    assert finding.seen.startswith(seen)


@pytest.mark.parametrize(
    ("is_enforcing", "engine", "status"),
    [
        (False, FEDORA, Status.PASS),
        pytest.param(True, make_engine(), Status.PASS, id="enforcing, but not on containers"),
        (True, FEDORA, Status.WARN),
    ],
)
def test_selinux(is_enforcing: bool, engine: EngineFacts, status: Status):
    assert judge_selinux(is_enforcing, engine).status is status


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (SubordinateIds(is_remapped=False), Status.PASS),
        pytest.param(
            SubordinateIds(is_remapped=True, count=65536), Status.FAIL, id="dockremap's usual range"
        ),
        (SubordinateIds(is_remapped=True, count=165_535), Status.FAIL),
        (SubordinateIds(is_remapped=True, count=165_536), Status.WARN),
        (SubordinateIds(is_remapped=True, count=None), Status.WARN),
    ],
)
def test_subordinate_ids(seen: SubordinateIds, status: Status):
    assert judge_subordinate_ids(seen).status is status


def test_subordinate_ids_are_the_session_images():
    dockerfile = (ROOT / "dind_image" / "Dockerfile").read_text(encoding="utf-8")
    assert f"jovyan:{SESSION_FIRST}:{SESSION_COUNT} " in dockerfile


def test_remapped_engine_is_found_in_subuid():
    subuid = "teacher:100000:65536\ndockremap:231072:165536\n# broken:line\n"
    assert REMAPPED.has_option("userns")
    assert find_remap_count(REMAPPED.data_root, subuid) == 165536
    assert find_remap_count("/var/lib/docker", subuid) is None


@pytest.mark.parametrize(
    ("can_limit", "swap_bytes", "status"),
    [(True, 2**30, Status.PASS), (False, 0, Status.PASS), (False, 2**30, Status.WARN)],
)
def test_swap_limit(can_limit: bool, swap_bytes: int, status: Status):
    assert judge_swap_limit(can_limit, swap_bytes).status is status


@pytest.fixture
def silent_socket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An engine's socket where connections are taken and never answered."""
    with tempfile.TemporaryDirectory(prefix="cl-") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/docker.sock")
        listener.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
        yield f"{folder}/docker.sock"


def test_engine_that_never_answers_is_given_up(silent_socket: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine_facts, "ANSWER_SECONDS", 1)
    with pytest.raises(EngineSilent, match=f"no answer within 1 s at unix://{silent_socket}"):
        read_engine()


def test_missing_engine_fails_and_can_be_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Settings, progress: Progress
):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    machine = Machine(settings, progress)
    finding = ENGINE.look(machine)
    assert finding.status is Status.FAIL
    assert finding.seen == f"nothing answers at unix://{tmp_path}/no.sock"
    assert finding.mend == "containrlab prepare"
    assert finding.fix is not None
    with pytest.raises(EngineSilent):
        machine.local_engine()


def test_socket_that_is_not_ours_to_open_needs_root(silent_socket: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(NotLookedAt, match="needs root"):
        read_engine()
