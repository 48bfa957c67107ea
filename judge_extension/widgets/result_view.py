"""What the latest check came to: the verdict, beside it the error to explain, and the details."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ipywidgets import HTML, VBox

from judge_extension.widgets.explain_view import MOST_TEXT_CHARACTERS, ExplainView
from judge_extension.widgets.failed_log import find_error
from judge_extension.widgets.rendering import render_details, render_verdict


@dataclass(frozen=True)
class ResultPage:
    """HTML above and below the place of an explanation, and the error to explain there."""

    verdict: str = ""
    details: str = ""
    error: str = ""

    @classmethod
    def of(cls, attempt: dict[str, Any], earlier: int) -> ResultPage:
        """A finished attempt, and how many there were before."""
        error = find_error(attempt, MOST_TEXT_CHARACTERS)
        return cls(render_verdict(attempt), render_details(attempt, earlier), error)


class ResultView(VBox):
    """Empty until something is shown."""

    def __init__(self, explanation: ExplainView) -> None:
        self._verdict_view, self._details_view = HTML(), HTML()
        self._explanation = explanation
        super().__init__([self._verdict_view, explanation, self._details_view])

    def show(self, page: ResultPage) -> None:
        self._explanation.fill(page.error)
        self._details_view.value = page.details
        self._verdict_view.value = page.verdict
