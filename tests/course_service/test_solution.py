"""What a learner gets to read after passing: the explanation and the solution's text files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from course_service.catalogue import Lab, load_lab
from course_service.errors import CatalogueError
from course_service.solution import LARGEST_SHOWN_FILE


@pytest.fixture
def folder(lab1: Lab, tmp_path: Path) -> Path:
    """A lab's folder with a small solution and no explanation yet."""
    folder = Path(shutil.copytree(lab1.folder, tmp_path / "lab1"))
    shutil.rmtree(folder / "judge" / "solution")
    (folder / "judge" / "solution" / "src").mkdir(parents=True)
    (folder / "judge" / "solution" / "Dockerfile").write_text("FROM scratch\n")
    (folder / "judge" / "solution.md").unlink(missing_ok=True)
    return folder


def test_the_explanation_and_every_text_file_are_given(folder):
    (folder / "judge" / "solution.md").write_text("# Why *so*\n")
    (folder / "judge" / "solution" / "src" / "gruss.txt").write_text("Grüße\n")
    assert load_lab(folder).solution_json() == {
        "explanation": "# Why *so*\n",
        "files": [
            {"path": "Dockerfile", "content": "FROM scratch\n"},
            {"path": "src/gruss.txt", "content": "Grüße\n"},
        ],
    }


def test_a_lab_without_an_explanation_has_an_empty_one(folder):
    assert load_lab(folder).solution_json()["explanation"] == ""


@pytest.mark.parametrize(
    ("content", "is_shown"),
    [
        (b"a" * LARGEST_SHOWN_FILE, True),
        (b"a" * (LARGEST_SHOWN_FILE + 1), False),
        (b"\xff\xfe", False),
        (b"a\0b", False),
        (b"", True),
    ],
)
def test_only_text_of_a_size_to_read_is_shown(folder, content, is_shown):
    (folder / "judge" / "solution" / "data").write_bytes(content)
    paths = [file["path"] for file in load_lab(folder).solution_json()["files"]]
    assert ("data" in paths) == is_shown


def test_a_solution_that_cannot_be_read_is_named(folder):
    (folder / "judge" / "solution.md").write_bytes(b"\xff")
    with pytest.raises(CatalogueError, match=r"solution\.md: cannot be read"):
        load_lab(folder).solution_json()


def test_the_explanation_is_no_part_of_what_everybody_may_read(folder):
    (folder / "judge" / "solution.md").write_text("the secret")
    assert "the secret" not in str(load_lab(folder).to_json())
