"""The explained solution on a page: words, and files that can be copied."""

from __future__ import annotations

from typing import Any

import pytest

from judge_extension.widgets.solution_rendering import render_solution

from .inert_page import HOSTILE, PANEL, PROSE, text_of

EVERY = PANEL | PROSE
FILE = "FROM x\n\n\tRUN a \\\n    && b  # <c>\n"


def test_words_come_first_and_each_file_is_folded_away() -> None:
    html = render_solution(
        {
            "explanation": "Copy *first*.",
            "files": [{"path": "src/app.py", "content": "1"}, {"path": "Dockerfile", "content": FILE}],
        }
    )
    text = text_of(html, EVERY)
    places = [text.index(part) for part in ("Copy first.", "src/app.py", "Dockerfile", FILE)]
    assert places == sorted(places)
    assert html.count("<details") == html.count("<summary>") == 2
    assert "<details open" not in html


def test_a_files_own_first_line_break_is_not_the_one_that_browsers_drop() -> None:
    assert "\n\nx</pre>" in render_solution({"explanation": "", "files": [{"path": "a", "content": "\nx"}]})


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: ascii(text[:60]))
def test_nothing_of_it_becomes_markup(hostile: str) -> None:
    file = {"path": hostile, "content": hostile}
    text_of(render_solution({"explanation": hostile, "files": [file]}), EVERY)


@pytest.mark.parametrize(
    "odd", [{}, {"explanation": None, "files": None}, {"explanation": 3, "files": [None, {}, {"content": 1}]}]
)
def test_an_answer_that_is_not_as_agreed_still_shows(odd: dict[str, Any]) -> None:
    assert "One good way to do it" in text_of(render_solution(odd), EVERY)
