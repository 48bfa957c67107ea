"""Every lab judged on real sandboxes: the solution passes, the others get exactly their codes."""

from __future__ import annotations

import pytest

from course_service.catalogue import Lab, load_catalogue
from course_service.errors import CatalogueError
from course_service.judge import judge, judge_folder, sandbox_factory
from course_service.lab_cases import lab_cases
from hub_config.settings import ROOT

CASES = {
    f"{lab.slug}-{case.name}": (lab, case)
    for lab in load_catalogue(ROOT / "lab_notebooks")
    for case in lab_cases(lab)
}


@pytest.mark.engine
@pytest.mark.parametrize("name", CASES)
def test_a_case_gets_exactly_its_codes(engine_settings, name):
    lab, case = CASES[name]
    factory = sandbox_factory(engine_settings, lab, "test")
    result = judge(lab, case.submission, factory, lambda _: None)
    explained = "\n".join(f"{failure.code}: {failure.message}" for failure in result.failures)
    assert result.graded, result.notes.fault
    assert {failure.code for failure in result.failures} == set(case.codes), explained
    assert result.passed == (not case.codes)
    assert all(failure.message and failure.hint for failure in result.failures)


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


LABS = list(load_catalogue(ROOT / "lab_notebooks"))


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


def test_an_expectation_that_cannot_be_meant_is_named(lab1, tmp_path):
    folder = tmp_path / "lab1"
    (folder / "learner").mkdir(parents=True)
    (folder / "judge" / "solution").mkdir(parents=True)
    (folder / "judge" / "starter").mkdir()
    (folder / "lab.yaml").write_text((lab1.folder / "lab.yaml").read_text())
    (folder / "judge" / "starter" / "expect.yaml").write_text("codes: [no_such_code]")
    with pytest.raises(CatalogueError, match=r"starter/expect\.yaml.*codes"):
        list(lab_cases(load_catalogue(tmp_path).find("lab1")))
