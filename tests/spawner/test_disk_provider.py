"""What bounds disks: which provider is chosen, and what the log says where none is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import docker
import pytest

from spawner import disk_provider
from spawner.disk_provider import (
    DiskProviderName,
    LoopDisks,
    MemoryDisks,
    UnboundedDisks,
    XfsVolumes,
    choose_disk_provider,
)
from spawner.docker_rendering import MemoryFolder, Volume
from spawner.errors import DiskProviderUnavailable, LoopDiskUnavailable
from spawner.session_policy import GIBIBYTE, MEBIBYTE, DiskLimit, SessionPolicy

ENGINE = docker.APIClient("unix:///nowhere.sock", version="1.41")
LIMIT = DiskLimit(64 * MEBIBYTE, 6400)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the checks of these providers fail, as on a machine that has none of what they need."""

    def fail(*providers: type) -> None:
        def check(_provider: object, _engine: docker.APIClient) -> None:
            raise DiskProviderUnavailable("not here")

        for provider in providers:
            monkeypatch.setattr(provider, "check", check)

    return fail


@pytest.mark.engine
def test_this_machine_has_loop_disks_and_the_check_leaves_nothing(engine: docker.APIClient, tmp_path: Path):
    provider = choose_disk_provider(engine, DiskProviderName.AUTO, tmp_path)
    assert provider == LoopDisks(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.engine
def test_engine_without_project_quota_is_known_and_left_as_it_was(engine: docker.APIClient, tmp_path: Path):
    # An engine whose volumes lie on ext4, or on an XFS whose kernel has no quota, as here.
    before = {volume["Name"] for volume in engine.volumes()["Volumes"]}
    with pytest.raises(DiskProviderUnavailable, match="quota"):
        choose_disk_provider(engine, DiskProviderName.XFS, tmp_path)
    assert {v["Name"] for v in engine.volumes()["Volumes"] if "trial" in v["Name"]} <= before


@pytest.mark.parametrize(
    ("missing", "chosen"),
    [
        ((), LoopDisks),
        ((LoopDisks,), XfsVolumes),
        ((LoopDisks, XfsVolumes), MemoryDisks),
        ((LoopDisks, XfsVolumes, MemoryDisks), UnboundedDisks),
    ],
)
def test_the_strongest_that_works_is_chosen(
    without, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: tuple[type, ...], chosen: type
):
    for provider in (LoopDisks, XfsVolumes, MemoryDisks):
        monkeypatch.setattr(provider, "check", lambda _provider, _engine: None)
    without(*missing)
    assert isinstance(choose_disk_provider(ENGINE, DiskProviderName.AUTO, tmp_path), chosen)


def test_log_says_once_why_nothing_is_bounded_and_what_mends_it(without, caplog, monkeypatch, tmp_path: Path):
    monkeypatch.setattr(disk_provider, "_chosen", {})
    without(LoopDisks, XfsVolumes, MemoryDisks)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            disk_provider.shared_disk_provider(ENGINE, "auto", tmp_path)
    (line,) = caplog.messages
    assert "loop: not here; xfs: not here; tmpfs: not here" in line
    assert "run the hub as root" in line


def test_one_that_was_asked_for_is_never_replaced(without, tmp_path: Path):
    without(LoopDisks)
    with pytest.raises(DiskProviderUnavailable):
        choose_disk_provider(ENGINE, DiskProviderName.LOOP, tmp_path)


def test_an_engine_elsewhere_gets_no_disk_of_this_machine(tmp_path: Path):
    with pytest.raises(DiskProviderUnavailable, match="another machine"):
        LoopDisks(tmp_path).check(docker.APIClient("tcp://192.0.2.1:2375", version="1.41"))


def test_a_machine_without_mounts_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise LoopDiskUnavailable("mount ended with 32: permission denied")

    monkeypatch.setattr(disk_provider.LoopDisk, "create", refuse)
    with pytest.raises(DiskProviderUnavailable, match="permission denied"):
        LoopDisks(tmp_path).check(ENGINE)


def test_quota_is_asked_of_the_local_driver_for_a_nameless_volume():
    (volume,) = XfsVolumes().make_scratch("session", LIMIT, {}, {"engine": "/engine"})
    assert isinstance(volume, Volume)
    rendered = volume.render()
    assert rendered["Source"] == ""  # moby/moby#43891
    assert rendered["VolumeOptions"]["DriverConfig"] == {
        "Name": "local",
        "Options": {"size": str(LIMIT.bytes)},
    }


@pytest.mark.parametrize(
    ("limit", "size"),
    [(LIMIT.bytes, LIMIT.bytes), pytest.param(4 * GIBIBYTE, GIBIBYTE // 2, id="a third of the memory")],
)
def test_memory_is_never_all_taken_by_the_engines_data(limit: int, size: int):
    (folder,) = MemoryDisks().make_scratch("session", DiskLimit(limit, 100), {}, {"engine": "/engine"})
    assert isinstance(folder, MemoryFolder)
    assert folder.render(SessionPolicy()).startswith(f"size={size},")
