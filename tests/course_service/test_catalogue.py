"""Labs are read from their folders, and a mistake in one is named by file and field."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import yaml

from course_service.catalogue import MOST_SOLUTION_FILE_BYTES, learner_tar, load_catalogue
from course_service.errors import CatalogueError, LabNotFound

FILE_CHECK = {
    "kind": "file_exists",
    "title": "There is a Dockerfile",
    "path": "Dockerfile",
    "code": "dockerfile_missing",
    "message": "There is none.",
    "hint": "Make one.",
}
SERVES = {"kind": "serves_http", "title": "It answers", "port": 8080, "path": "/health"}


def write_lab(labs: Path, name: str = "lab1", **changes: object) -> Path:
    folder = labs / name
    (folder / "learner").mkdir(parents=True)
    description = {
        "slug": name,
        "title": "A lab",
        "summary": "What it is about.",
        "difficulty": "beginner",
        "minutes": 30,
        "checks": [FILE_CHECK],
        **changes,
    }
    (folder / "lab.yaml").write_text(yaml.safe_dump({k: v for k, v in description.items() if v is not ...}))
    return folder


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": ...}, "title: Field required"),
        ({"title": ""}, "title: String should have at least 1 character"),
        ({"minutes": "soon"}, "minutes: Input should be a valid integer"),
        ({"difficulty": "hard"}, "difficulty: Input should be 'beginner', 'intermediate' or 'advanced'"),
        ({"egress": "all"}, "egress: Input should be 'none' or 'packages'"),
        ({"chekcs": []}, "chekcs: Extra inputs are not permitted"),
        ({"slug": "other"}, "slug: 'other'; expected the folder's name, 'lab1'"),
        ({"slug": "../etc"}, "slug: String should match pattern"),
        ({"checks": []}, "checks: Tuple should have at least 1 item"),
        ({"checks": [SERVES]}, "checks: expected one of kind file_exists with path Dockerfile"),
        (
            {"checks": [FILE_CHECK, {"kind": "serves_htp"}]},
            "checks[1]: Input tag 'serves_htp' found using 'kind' does not match any of the expected tags",
        ),
        (
            {"checks": [FILE_CHECK, {**SERVES, "port": 80800}]},
            "checks[1].serves_http.port: Input should be less than or equal to 65535 (given: 80800)",
        ),
        (
            {"checks": [FILE_CHECK, {**SERVES, "path": "health; rm -rf /"}]},
            "checks[1].serves_http.path: String should match pattern",
        ),
        (
            {"checks": [FILE_CHECK, {"kind": "dockerignore", "title": "t", "excludes": ["../x"]}]},
            "checks[1].dockerignore.excludes[0]: ",
        ),
        (
            {"checks": [{**FILE_CHECK, "code": "no_dockerfile"}]},
            "checks[0].file_exists.code: Input should be 'dockerfile_missing'",
        ),
    ],
)
def test_a_mistake_is_named_by_file_and_field_and_what_was_expected(tmp_path, changes, said):
    folder = write_lab(tmp_path, **changes)
    with pytest.raises(CatalogueError) as error:
        load_catalogue(tmp_path)
    assert str(error.value).startswith(f"{folder / 'lab.yaml'}: ")
    assert said in str(error.value)


@pytest.mark.parametrize("text", ["a: [", "- just\n- a list\n", ""])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    (write_lab(tmp_path) / "lab.yaml").write_text(text)
    with pytest.raises(CatalogueError, match=r"lab\.yaml"):
        load_catalogue(tmp_path)


def test_a_lab_without_learner_files_is_refused(tmp_path):
    (write_lab(tmp_path) / "learner").rmdir()
    with pytest.raises(CatalogueError, match="learner/"):
        load_catalogue(tmp_path)


def test_a_labs_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CatalogueError, match="CONTAINRLAB_LABS_DIR"):
        load_catalogue(tmp_path / "nowhere")


def test_labs_come_by_order_and_then_by_folder_name(tmp_path):
    for slug, order in (("b", ...), ("a", ...), ("z", 1), ("y", 2)):
        write_lab(tmp_path, slug, order=order)
    assert [lab.slug for lab in load_catalogue(tmp_path)] == ["z", "y", "a", "b"]


def test_an_unknown_lab_is_not_found(tmp_path):
    with pytest.raises(LabNotFound):
        load_catalogue(tmp_path).find("../lab1")


def test_the_version_changes_with_the_lab_file(tmp_path):
    folder = write_lab(tmp_path)
    before = load_catalogue(tmp_path).find("lab1").version
    (folder / "lab.yaml").write_text((folder / "lab.yaml").read_text() + "# a word\n")
    assert load_catalogue(tmp_path).find("lab1").version != before


def test_the_learners_archive_has_the_learner_files_alone(tmp_path):
    folder = write_lab(tmp_path)
    (folder / "judge").mkdir()
    (folder / "judge" / "solution.txt").write_text("secret")
    (folder / "learner" / "src").mkdir()
    (folder / "learner" / "src" / "app.py").write_text("print(1)")
    (folder / "learner" / ".hidden").write_text("")
    (folder / "learner" / "__pycache__").mkdir()
    (folder / "learner" / "__pycache__" / "app.pyc").write_text("")
    archive = learner_tar(load_catalogue(tmp_path).find("lab1"))
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        assert opened.getnames() == [".hidden", "src", "src/app.py"]


def test_the_solution_is_its_explanation_and_its_texts(tmp_path):
    folder = write_lab(tmp_path)
    lab = load_catalogue(tmp_path).find("lab1")
    assert lab.solution_json() == {"explanation": "", "files": []}
    solution = folder / "judge" / "solution"
    (solution / "src" / "__pycache__").mkdir(parents=True)
    (folder / "judge" / "solution.md").write_text("# Why é")
    (folder / "judge" / "mutants").mkdir()
    (folder / "judge" / "mutants" / "Dockerfile").write_text("no solution")
    for name, content in {
        "Dockerfile": b"FROM x\n",
        ".dockerignore": b"venv\n",
        "src/app.py": b"1\n",
        "src/__pycache__/app.pyc": b"1",
        "picture": b"\x89PNG\xff",
        "just": b"x" * MOST_SOLUTION_FILE_BYTES,
        "long": b"x" * (MOST_SOLUTION_FILE_BYTES + 1),
    }.items():
        (solution / name).write_bytes(content)
    opened = lab.solution_json()
    assert opened["explanation"] == "# Why é"
    assert [file["path"] for file in opened["files"]] == [".dockerignore", "Dockerfile", "just", "src/app.py"]
    assert opened["files"][1] == {"path": "Dockerfile", "content": "FROM x\n"}


def test_lab1_is_as_the_contract_says(lab1):
    described = lab1.to_json()
    assert set(described) == {"slug", "title", "summary", "difficulty", "minutes", "checks", "submission"}
    assert "venv" in described["submission"]["exclude"]
    assert all(set(check) == {"title"} for check in described["checks"])
