"""The recipes of our images, read by hadolint."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

IMAGE = Path(__file__).parent.parent.parent / "dind_image"


@pytest.mark.parametrize("dockerfile", sorted(IMAGE.rglob("Dockerfile")), ids=lambda path: path.parent.name)
def test_hadolint_finds_nothing(dockerfile: Path):
    report = subprocess.run(["hadolint", dockerfile], capture_output=True, text=True, check=False)
    assert report.stdout == ""


@pytest.mark.parametrize(
    "script", ["entry", "session", "inner-engine", "seed-image-store", "wait-for-engine"]
)
def test_script_parses(script: str):
    subprocess.run(["bash", "-n", IMAGE / "image_files" / script], check=True)


def test_requirements_are_pinned_and_leave_the_grammar_compiler_out():
    requirements = (IMAGE / "requirements.txt").read_text().splitlines()
    assert all("==" in requirement for requirement in requirements)
    assert not [name for name in requirements if name.startswith(("lark", "rfc3987"))]


def test_every_base_image_has_a_substitute():
    for base_image in yaml.safe_load((IMAGE / "base_images" / "base_images.yaml").read_text()):
        assert (IMAGE / "base_images" / base_image["substitute"] / "Dockerfile").is_file()
