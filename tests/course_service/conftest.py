"""Fixtures of the course service's tests. What needs the engine uses an instance name of its own."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import docker
import pytest

from course_service.catalogue import Lab, load_catalogue
from course_service.database import upgrade_database
from course_service.database_door import DatabaseDoor
from course_service.progress_store import ProgressStore
from course_service.session_store import SessionStore
from course_service.store import Store
from hub_config.settings import ROOT, Settings
from operator_cli.egress_proxy import egress_proxy as run_egress_proxy
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from tests.free_ports import free_port


@pytest.fixture(scope="session")
def instance() -> str:
    """The name that these tests' things in the engine carry, so that they can be counted apart."""
    return "containrlab-test-course"


@pytest.fixture
def settings(tmp_path: Path, instance: str) -> Settings:
    """Settings of a course that shares nothing with a real one."""
    return Settings(instance=instance, bridge_prefix="cst", state_dir=tmp_path / "state")


@pytest.fixture
def lab1() -> Lab:
    """The first lab of the course, as it is shipped."""
    return load_catalogue(ROOT / "lab_notebooks").find("lab1")


Door = TypeVar("Door", bound=DatabaseDoor)


def _open_empty(door: type[Door], settings: Settings) -> Iterator[Door]:
    upgrade_database(settings.course_db_url)
    opened = door(settings.course_db_url)
    yield opened
    opened.close()


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A real, empty database of the newest version."""
    yield from _open_empty(Store, settings)


@pytest.fixture
def progress(settings: Settings) -> Iterator[ProgressStore]:
    """A real, empty database of progress."""
    yield from _open_empty(ProgressStore, settings)


@pytest.fixture
def sessions(settings: Settings) -> Iterator[SessionStore]:
    """A real, empty database of sessions."""
    yield from _open_empty(SessionStore, settings)


@pytest.fixture
def make_tar() -> Callable[..., bytes]:
    """Packs files given by path into a plain tar."""
    return pack


def pack(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="session")
def egress_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of the proxy to the package registries and nothing else, as a real course has it."""
    port = free_port()
    settings = Settings(state_dir=tmp_path_factory.mktemp("egress"), egress_port=port)
    progress = Progress()
    with run_egress_proxy(settings, Packages(progress), progress):
        yield port


@pytest.fixture
def engine_settings(
    settings: Settings, egress_proxy: int, image_store: str, clean_engine: docker.APIClient
) -> Settings:
    """Settings with which real sandboxes run; nothing of them may be left after the test."""
    return replace(settings, egress_port=egress_proxy, judge_disk_mb=300)
