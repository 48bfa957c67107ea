"""What every lab's notebook keeps to, so that it opens the same for every learner."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

LABS = Path(__file__).parents[2] / "lab_notebooks"
NOTEBOOKS = sorted(LABS.glob("*/learner/*.ipynb"))


def test_there_are_labs() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_notebook_is_valid_and_has_never_been_run(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in code] == [[]] * len(code)
    assert [cell.execution_count for cell in code] == [None] * len(code)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_notebook_shows_the_panel_of_its_own_lab(path: Path) -> None:
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    sources = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert f'LabPanel("{path.parts[-3]}")' in sources
