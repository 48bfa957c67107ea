"""The project as it is installed: from a wheel, whole, and beside other distributions."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("hub_config", "spawner", "course_service", "judge_extension", "operator_cli", "dind_image")


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files of a wheel, built from a copy so that no build/ stays in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in _source_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("containrlab-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_source_file_is_in_the_wheel(wheel_names: set[str]):
    sources = {name for name in _source_files() if name.split("/")[0] in PACKAGES and name.endswith(".py")}
    assert sources - wheel_names == set()


def test_image_recipes_are_in_the_wheel(wheel_names: set[str]):
    recipes = {name for name in _source_files() if name.startswith("dind_image/")}
    assert recipes - wheel_names == set()


def test_the_new_labs_template_is_in_the_wheel(wheel_names: set[str]):
    template = {name for name in _source_files() if name.startswith("operator_cli/lab_template/")}
    assert len(template) > 10
    assert template - wheel_names == set()


def test_the_hubs_pages_are_in_the_wheel(wheel_names: set[str]):
    assert "hub_config/templates/spawn_pending.html" in wheel_names


def test_learners_server_is_switched_on_by_the_wheel(wheel_names: set[str]):
    assert [name for name in wheel_names if name.endswith("jupyter_server_config.d/judge_extension.json")]


def test_no_lab_and_no_test_is_in_the_wheel(wheel_names: set[str]):
    assert not [name for name in wheel_names if name.startswith(("tests/", "lab_notebooks/"))]


@pytest.mark.parametrize("package", PACKAGES)
def test_package_name_is_ours_alone(package: str):
    assert set(importlib.metadata.packages_distributions()[package]) == {"containrlab"}


def test_spawner_is_found_by_its_entry_point():
    (entry_point,) = importlib.metadata.entry_points(group="jupyterhub.spawners", name="containrlab")
    assert entry_point.value == "spawner.lab_spawner:LabSpawner"


def _source_files() -> list[str]:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [name for name in names if (ROOT / name).is_file()]
