"""What the course service's stand-in says of hints and explanations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .course_content import HINT_ANSWER, TOO_MANY_HINTS

STEPS = 3


class AgentStandIn:
    """`mode` is ai, author or off; None: the service knows nothing of hints."""

    def __init__(self) -> None:
        self.mode: str | None = None
        self.left = 5
        self.retry_after = 42
        """Seconds, where none are left."""
        self.questions: list[tuple[str, Any]] = []
        self.answer = HINT_ANSWER

    @property
    def refusal(self) -> dict[str, Any]:
        return {**TOO_MANY_HINTS, "retry_after": self.retry_after}

    def offer(self, has_failed: bool) -> dict[str, Any]:
        step = min(1 + sum(kind == "hint" for kind, _question in self.questions), STEPS)
        following = {"source": "author", "code": "dockerignore_missing", "step": step, "steps": STEPS}
        return {
            "hints": self.mode,
            "left": self.left,
            "per_minute": 5,
            "next": following if has_failed else None,
        }

    def answer_to(
        self, kind: str, question: dict[str, Any], has_failed: bool
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        step = self.offer(has_failed)["next"] if kind == "hint" else None
        self.left -= 1
        self.questions.append((kind, question))
        source = self.answer["source"] or ("author" if kind == "hint" else "judge")
        place = step if step and source == "author" else {"code": None, "step": None, "steps": None}
        yield "start", {**place, "source": source, "left": self.left, "is_last": False}
        for piece in self.answer["pieces"]:
            yield "piece", {"text": piece}
        yield "end", {"id": 17, "source": source, **{key: self.answer[key] for key in ("note", "model")}}
