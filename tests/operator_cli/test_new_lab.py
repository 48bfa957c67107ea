"""A new lab is a lab as ours are: read by the catalogue, with a valid notebook and files that make sense."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nbformat
import pytest

from course_service.catalogue import Lab, load_catalogue
from course_service.lab_cases import lab_cases
from hub_config.settings import ROOT
from operator_cli.new_lab import make_title, write_new_lab

TITLE = 'Grüße, "quoted" \\ and $HOME 🐳'


@pytest.fixture
def new_lab(tmp_path: Path) -> Lab:
    """A lab just written, as the catalogue reads it."""
    write_new_lab(tmp_path, "0123", TITLE)
    return load_catalogue(tmp_path).find("0123")


def test_its_slug_and_title_are_those_that_were_asked_for(new_lab):
    assert (new_lab.slug, new_lab.description.title) == ("0123", TITLE)


def test_its_notebook_is_valid_never_run_and_shows_its_panel(new_lab):
    notebook = nbformat.read(new_lab.folder / "learner" / "lab.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    (panel,) = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert (panel.outputs, panel.execution_count) == ([], None)
    assert 'LabPanel("0123")' in panel.source
    assert notebook.cells[0].source.startswith(f"# {TITLE}\n")


def test_it_has_a_solution_a_starter_and_mutants(new_lab):
    cases = {case.name: case for case in lab_cases(new_lab)}
    assert list(cases)[:2] == ["solution", "starter"]
    assert len(cases) >= 5
    assert all(case.codes for name, case in cases.items() if name != "solution")


def test_its_solution_is_explained(new_lab):
    solution = new_lab.solution_json()
    assert "USER 1000" in solution["explanation"]
    assert [file["path"] for file in solution["files"]] == ["Dockerfile", "app.py"]


def test_no_placeholder_is_left(new_lab):
    texts = [path.read_text() for path in new_lab.folder.rglob("*") if path.is_file()]
    assert not [text for text in texts if "@SLUG@" in text or "@TITLE@" in text]


def test_its_learner_files_are_the_solutions_but_for_the_dockerfile(new_lab):
    starter, solution = new_lab.folder / "learner", new_lab.folder / "judge" / "solution"
    assert (starter / "app.py").read_bytes() == (solution / "app.py").read_bytes()
    assert (starter / "Dockerfile").read_bytes() != (solution / "Dockerfile").read_bytes()


def test_its_notes_name_pages_that_exist(new_lab):
    assert "docs/authoring-labs.md" in (new_lab.folder / "lab.yaml").read_text()
    assert (ROOT / "docs" / "authoring-labs.md").is_file()


@pytest.mark.parametrize(
    ("slug", "title"), [("lab4", "Lab4"), ("web-echo", "Web echo"), ("a--b-", "A b"), ("9", "9")]
)
def test_a_title_is_made_from_the_slug(slug, title):
    assert make_title(slug) == title


def test_the_solution_passes_hadolint(new_lab):
    report = subprocess.run(
        ["hadolint", new_lab.folder / "judge" / "solution" / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert report.stdout == ""
