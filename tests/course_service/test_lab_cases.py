"""What every lab's folder keeps to. That its cases get their codes is for `containrlab lab test` to say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from course_service.catalogue import Lab, load_catalogue, load_lab
from course_service.errors import CatalogueError
from course_service.judge import judge_folder
from course_service.lab_cases import lab_cases
from hub_config.settings import ROOT

LABS = list(load_catalogue(ROOT / "lab_notebooks"))


@pytest.mark.engine
def test_a_solution_is_measured_and_evidenced(engine_settings):
    lines = []
    result = judge_folder(
        engine_settings, "lab1", ROOT / "lab_notebooks" / "lab1" / "judge" / "solution", lines.append
    ).to_json()
    assert result["passed"] is True
    assert result["metrics"]["build"]["elapsed_seconds"] > 0
    assert result["metrics"]["image_size_mb"] > 50
    assert result["evidence"]["image_digest"].startswith("sha256:")
    assert any("pip install" in layer["created_by"] for layer in result["evidence"]["layers"])
    assert any("Successfully installed" in line for line in result["notes"]["build_logs"])
    assert any("GET /health" in line for line in result["notes"]["runtime_logs"])
    assert any("pip install" in event.get("log", "") for event in lines)


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
def test_a_lab_has_at_least_eight_mutants(lab):
    names = [case.name for case in lab_cases(lab)]
    assert names[:2] == ["solution", "starter"]
    assert len(names) >= 10


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
def test_the_explained_solution_is_the_solution(lab):
    explained = (lab.folder / "judge" / "solution.md").read_text()
    for path, content in _what_the_learner_writes(lab).items():
        assert content.strip() in explained, path


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
def test_a_lab_is_solved_in_the_files_that_it_is_about(lab):
    assert set(_what_the_learner_writes(lab)) <= {"Dockerfile", ".dockerignore"}


def _what_the_learner_writes(lab: Lab) -> dict[str, str]:
    solution, starter, *_ = (case.submission.files for case in lab_cases(lab))
    return {path: text.decode() for path, text in solution.items() if starter.get(path) != text}


def test_lock_files_name_no_registry():
    locks = [path for lab in LABS for path in lab.folder.rglob("package-lock.json")]
    assert locks
    assert [path for path in locks if '"resolved"' in path.read_text()] == []


def test_a_mutant_is_the_solution_with_its_own_files_over_it(lab1):
    cases = {case.name: case.submission for case in lab_cases(lab1)}
    solution, mutant = cases["solution"].files, cases["binds_localhost"].files
    assert {path for path in solution if solution[path] != mutant[path]} == {"app.py"}
    assert "Dockerfile" not in cases["no_dockerfile"].files
    assert all("expect.yaml" not in submission.files for submission in cases.values())


@pytest.fixture
def own_lab(lab1: Lab, tmp_path: Path) -> Path:
    """A copy of the first lab, to spoil."""
    return Path(shutil.copytree(lab1.folder, tmp_path / "lab1"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("codes: [no_such_code]\n", ":1: codes[0]: Input should be 'dockerfile_missing'"),
        (
            "# why\ncodes:\n  - docker_run_failed\n  - image_too_large\n",
            ":4: codes[1]: no check of this lab ",
        ),
        ("codes: []\n", ":1: codes: Tuple should have at least 1 item"),
        ("code: [docker_run_failed]\n", ":1: code: there is no such key. Did you mean codes? Known here: "),
        ("delete: [Dockerfile]\n", ":1: codes: Field required"),
        ("codes: [docker_run_failed]\ndelete: [../x]\n", ":2: delete[0]: expected a plain path inside"),
        ("codes: [docker_run_failed\n", ":2: is not YAML: "),
        ("docker_run_failed\n", ":1: expected a mapping with codes"),
        (
            "codes: [docker_run_failed]\ndelete: [run.sh]\n",
            ":2: delete[0]: the solution has no file 'run.sh'",
        ),
    ],
)
def test_an_expectation_that_cannot_be_meant_is_named_by_its_line(own_lab, text, said):
    file = own_lab / "judge" / "mutants" / "wrong_port" / "expect.yaml"
    file.write_text(text)
    with pytest.raises(CatalogueError) as error:
        list(lab_cases(load_lab(own_lab)))
    mistakes = str(error.value).splitlines()
    assert f"{file}{said}" in next(line for line in mistakes if said in line)


def test_a_mutant_without_an_expectation_is_not_passed_over(own_lab):
    (own_lab / "judge" / "mutants" / "wrong_port" / "expect.yaml").unlink()
    with pytest.raises(CatalogueError, match=r"wrong_port/expect\.yaml: there is no such file"):
        list(lab_cases(load_lab(own_lab)))


@pytest.mark.parametrize("place", ["judge/solution", "learner", "judge/mutants/wrong_port"])
def test_files_that_no_learner_could_send_are_named(own_lab, place):
    (own_lab / place / "link").symlink_to("app.py")
    with pytest.raises(CatalogueError, match=f"{place}: link is a symbolic link"):
        list(lab_cases(load_lab(own_lab)))
