"""The words of a notebook."""

from __future__ import annotations

import json

import pytest

from course_service.notebook_text import read_notebook_text
from hub_config.settings import ROOT


def test_the_markdown_cells_are_read_in_order():
    cells = [
        {"cell_type": "markdown", "source": ["# Lab\n", "Do this."]},
        {"cell_type": "code", "source": ["panel()"], "outputs": []},
        {"cell_type": "markdown", "source": "Then that.\n"},
        {"cell_type": "markdown", "source": []},
    ]
    assert read_notebook_text(json.dumps({"cells": cells}).encode()) == "# Lab\nDo this.\n\nThen that."


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"cells": 1}', b"\xff"])
def test_what_is_no_notebook_is_refused(content: bytes):
    with pytest.raises(ValueError, match=r"."):
        read_notebook_text(content)


@pytest.mark.parametrize("lab", ["lab1", "lab2", "lab3"])
def test_labs_have_words(lab: str):
    notebook = ROOT / "lab_notebooks" / lab / "learner" / "lab.ipynb"
    assert len(read_notebook_text(notebook.read_bytes())) > 500
