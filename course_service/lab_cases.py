"""A lab's own test cases: its solution, its starter, and known-wrong ones, each with the codes it must get.

``judge/starter/expect.yaml`` says what the untouched learner files get. A mutant is the solution with its own
files laid over it, less what its ``expect.yaml`` names under `delete`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .catalogue import LEARNER_FOLDER, Lab
from .errors import CatalogueError
from .submission import Submission, read_folder
from .verdict import FailureCode

EXPECT_FILE = "expect.yaml"


class Expectation(BaseModel):
    """What an expect.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: tuple[FailureCode, ...] = Field(min_length=1)
    delete: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabCase:
    """A submission and the failure codes that it must get; none for one that must pass."""

    name: str
    submission: Submission
    codes: tuple[FailureCode, ...] = ()


def lab_cases(lab: Lab) -> Iterator[LabCase]:
    """The lab's cases, the solution first. Raises `CatalogueError` and `SubmissionRejected`."""
    judge = lab.folder / "judge"
    exclude = lab.description.submission.exclude
    solution = read_folder(judge / "solution", exclude)
    yield LabCase("solution", solution)
    starter = read_folder(lab.folder / LEARNER_FOLDER, exclude)
    yield LabCase("starter", starter, _read_expectation(judge / "starter").codes)
    for folder in sorted(file.parent for file in (judge / "mutants").glob(f"*/{EXPECT_FILE}")):
        expectation = _read_expectation(folder)
        overlay = read_folder(folder, [*exclude, EXPECT_FILE])
        yield LabCase(
            folder.name, _lay_over(folder, solution, overlay, expectation.delete), expectation.codes
        )


def _lay_over(folder: Path, base: Submission, overlay: Submission, delete: tuple[str, ...]) -> Submission:
    unknown = [path for path in delete if path not in base.files]
    if unknown:
        raise CatalogueError(folder / EXPECT_FILE, f"delete: the solution has no file {unknown[0]!r}")
    files = {path: content for path, content in base.files.items() if path not in delete}
    kept_executables = {path for path in base.executables if path in files and path not in overlay.files}
    return Submission({**files, **overlay.files}, frozenset(kept_executables | overlay.executables))


def _read_expectation(folder: Path) -> Expectation:
    file = folder / EXPECT_FILE
    try:
        data: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        return Expectation.model_validate(data)
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise CatalogueError(file, f"expected `codes:` with a list of failure codes: {error}") from error
