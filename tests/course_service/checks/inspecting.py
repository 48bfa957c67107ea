"""Asks a check what the text of a Dockerfile tells it."""

from __future__ import annotations

from course_service.checks.check import Check
from course_service.submission import Submission
from course_service.verdict import Failure


def inspect(check: Check, dockerfile: str) -> list[Failure] | None:
    found = check.inspect(Submission({"Dockerfile": dockerfile.encode()}))
    return None if found is None else list(found)


def codes(check: Check, dockerfile: str) -> list[str] | None:
    found = inspect(check, dockerfile)
    return None if found is None else [failure.code.value for failure in found]
