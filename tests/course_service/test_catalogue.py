"""Labs are read from their folders, and a mistake in one is named by file and field."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import yaml

from course_service.catalogue import learner_tar, load_catalogue
from course_service.errors import CatalogueError, LabNotFound

FILE_CHECK = {
    "kind": "file_exists",
    "title": "There is a Dockerfile",
    "path": "Dockerfile",
    "code": "dockerfile_missing",
    "message": "There is none.",
    "hint": "Make one.",
}
BUILDS = {"kind": "builds", "title": "It builds"}
SERVES = {"kind": "serves_http", "title": "It answers", "port": 8080, "path": "/health"}
PRINTS = {"kind": "command_output", "title": "t"}

PATH_CHECKS = {
    "file_exists": FILE_CHECK,
    "layer_order": {"kind": "layer_order", "title": "t", "manifest": "a.txt", "source": "b.py"},
    "pip_no_cache": {"kind": "pip_no_cache", "title": "t", "manifest": "a.txt"},
    "rebuild_reuses": {"kind": "rebuild_reuses", "title": "t", "manifest": "a.txt", "touch": "b.py"},
}


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
    (folder / "lab.yaml").write_text(_dump({k: v for k, v in description.items() if v is not ...}))
    return folder


def _dump(description: dict[str, object]) -> str:
    """In the order given: the tests count lines."""
    return yaml.safe_dump(description, sort_keys=False, width=200)


@pytest.mark.parametrize(
    ("changes", "line", "said"),
    [
        ({"title": ...}, 1, "title: Field required"),
        ({"title": ""}, 2, "title: String should have at least 1 character (given: '')"),
        ({"minutes": "soon"}, 5, "minutes: Input should be a valid integer"),
        ({"difficulty": "hard"}, 4, "difficulty: Input should be 'beginner', 'intermediate' or 'advanced'"),
        ({"egress": "all"}, 13, "egress: Input should be 'none' or 'packages'"),
        ({"chekcs": []}, 13, "chekcs: there is no such key. Did you mean checks? Known here: slug, title, "),
        ({"slug": "other"}, 1, "slug: 'other'; expected the folder's name, 'lab1'"),
        ({"slug": "../etc"}, 1, "slug: String should match pattern"),
        ({"checks": []}, 6, "checks: Tuple should have at least 1 item"),
        ({"checks": [BUILDS]}, 6, "checks: expected one of kind file_exists with path Dockerfile"),
        (
            {"checks": [FILE_CHECK, {"title": "t", "kind": "serves_htp"}]},
            14,
            "checks[1]: Input tag 'serves_htp' found using 'kind' does not match any of the expected tags",
        ),
        (
            {"checks": [FILE_CHECK, {"title": "t"}]},
            13,
            "checks[1]: Unable to extract tag using discriminator 'kind'",
        ),
        (
            {"checks": [FILE_CHECK, BUILDS, {**SERVES, "port": 80800}]},
            17,
            "checks[2].serves_http.port: Input should be less than or equal to 65535 (given: 80800)",
        ),
        (
            {"checks": [FILE_CHECK, BUILDS, {**SERVES, "prot": 8080}]},
            19,
            "checks[2].serves_http.prot: there is no such key. Did you mean port? Known here: title, ",
        ),
        (
            {"checks": [FILE_CHECK, BUILDS, {**SERVES, "path": "health; rm -rf /"}]},
            18,
            "checks[2].serves_http.path: String should match pattern",
        ),
        (
            {"checks": [FILE_CHECK, {"kind": "dockerignore", "title": "t", "excludes": ["venv", "../x"]}]},
            17,
            "checks[1].dockerignore.excludes[1]: ",
        ),
        (
            {"checks": [{**FILE_CHECK, "code": "no_dockerfile"}]},
            10,
            "checks[0].file_exists.code: Input should be 'dockerfile_missing'",
        ),
        (
            {"checks": [FILE_CHECK, {**BUILDS, "hints": {"build_failed": "Read the log."}}]},
            16,
            "checks[1].builds.hints.build_failed: Input should be 'dockerfile_missing'",
        ),
        (
            {"checks": [FILE_CHECK, {**BUILDS, "hints": {"healthcheck_failed": "Try it."}}]},
            16,
            "checks[1].builds.hints.healthcheck_failed: builds never gives this code here; expected one of "
            "docker_build_failed, ",
        ),
        (
            {"checks": [FILE_CHECK, {**BUILDS, "hints": {"disk_full": []}}]},
            16,
            "checks[1].builds.hints.disk_full: expected a text, or a list of texts from a nudge to nearly",
        ),
        (
            {"checks": [FILE_CHECK, {**BUILDS, "hints": {"disk_full": ["Look.", " "]}}]},
            18,
            "checks[1].builds.hints.disk_full[1]: String should have at least 1 character (given: ' ')",
        ),
        (
            {"checks": [FILE_CHECK, {**BUILDS, "hints": {"disk_full": {"first": "Look."}}}]},
            16,
            "checks[1].builds.hints.disk_full: expected a text, or a list of texts from a nudge to nearly",
        ),
        (
            {"checks": [FILE_CHECK, SERVES, BUILDS]},
            13,
            "checks[1]: serves_http looks at the image; expected a check of kind builds above",
        ),
        (
            {"checks": [FILE_CHECK, BUILDS, {**PRINTS, "command": ["echo", "hi"], "contains": "hi"}]},
            20,
            "checks[2].command_output.contains: it stands in the command, so a program that only prints its "
            "command back would pass; expected a text that the command has to work out (given: 'hi')",
        ),
        ({"submission": {"exclud": ["venv"]}}, 14, "submission.exclud: there is no such key. Did you mean"),
    ],
)
def test_a_mistake_is_named_by_file_line_and_field_and_what_was_expected(tmp_path, changes, line, said):
    folder = write_lab(tmp_path, **changes)
    with pytest.raises(CatalogueError) as error:
        load_catalogue(tmp_path)
    (mistake,) = str(error.value).splitlines()
    assert mistake.startswith(f"{folder / 'lab.yaml'}:{line}: {said}")


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../app.py", "src/../app.py", "./app.py", "src//app.py", "src/", "", "a\\b", "a\nb"],
)
@pytest.mark.parametrize(
    ("kind", "parameter"),
    [
        ("file_exists", "path"),
        ("layer_order", "manifest"),
        ("layer_order", "source"),
        ("pip_no_cache", "manifest"),
        ("rebuild_reuses", "manifest"),
        ("rebuild_reuses", "touch"),
    ],
)
def test_a_path_that_no_submission_can_have_is_refused(tmp_path, kind, parameter, path):
    write_lab(tmp_path, checks=[FILE_CHECK, BUILDS, {**PATH_CHECKS[kind], parameter: path}])
    with pytest.raises(CatalogueError) as error:
        load_catalogue(tmp_path)
    assert f"checks[2].{kind}.{parameter}: expected a plain path inside" in str(error.value)


def test_every_mistake_of_a_file_is_named(tmp_path):
    folder = write_lab(tmp_path, minutes="soon", checks=[{**FILE_CHECK, "code": "none"}, {**BUILDS, "of": 1}])
    with pytest.raises(CatalogueError) as error:
        load_catalogue(tmp_path)
    places = [line.partition(": ")[0] for line in str(error.value).splitlines()]
    assert places == [f"{folder / 'lab.yaml'}:{line}" for line in (5, 10, 15)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "slug: lab1\nminutes: [30\n",
            ":3: is not YAML: while parsing a flow sequence (from line 2), expected",
        ),
        ("slug: lab1\ntitle: a: b\n", ":2: is not YAML: mapping values are not allowed here"),
        ("slug: lab1\ntitle: \x07\n", ":2: is not YAML: "),
        ("slug: lab1\ntitle: 2026-13-45\n", ": is not YAML: month must be in 1..12"),
        ("- just\n- a list\n", ":1: expected a mapping with slug, title, "),
        ("", ":1: expected a mapping with slug, title, "),
        ("slug: lab1\ntitle: a\nslug: lab2\n", ":3: slug: stands in line 1 already"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text, said):
    file = write_lab(tmp_path) / "lab.yaml"
    file.write_text(text)
    with pytest.raises(CatalogueError) as error:
        load_catalogue(tmp_path)
    assert str(error.value).startswith(f"{file}{said}")


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
        assert opened.getnames() == [".hidden", "src/app.py"]


def test_lab1_is_as_the_contract_says(lab1):
    described = lab1.to_json()
    assert set(described) == {"slug", "title", "summary", "difficulty", "minutes", "checks", "submission"}
    assert "venv" in described["submission"]["exclude"]
    assert all(set(check) == {"title"} for check in described["checks"])
