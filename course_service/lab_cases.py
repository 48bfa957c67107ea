"""A lab's own test cases: its solution, its starter, and known-wrong ones, each with the codes it must get.

``judge/starter/expect.yaml`` says what the untouched learner files get. A mutant is the solution with its own
files laid over it, less what its ``expect.yaml`` names under `delete`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from .catalogue import JUDGE_FOLDER, LEARNER_FOLDER, Lab
from .errors import CatalogueError, SubmissionRejected
from .solution import read_solution
from .submission import Submission, read_folder
from .submission_path import SubmissionPath
from .verdict import FailureCode
from .yaml_file import YamlFile

EXPECT_FILE = "expect.yaml"


class Expectation(BaseModel):
    """What an expect.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    codes: tuple[FailureCode, ...] = Field(min_length=1)
    delete: tuple[SubmissionPath, ...] = ()


@dataclass(frozen=True)
class LabCase:
    """A submission and the failure codes that it must get; none for one that must pass."""

    name: str
    submission: Submission
    codes: tuple[FailureCode, ...] = ()


def lab_cases(lab: Lab) -> Iterator[LabCase]:
    """The lab's cases, the solution first. Raises `CatalogueError`."""
    judge = lab.folder / JUDGE_FOLDER
    exclude = lab.description.submission.exclude
    solution = read_solution(judge, exclude)
    yield LabCase("solution", solution)
    starter = _read_files(lab.folder / LEARNER_FOLDER, exclude)
    yield LabCase("starter", starter, _read_expectation(lab, judge / "starter", solution).codes)
    for folder in _mutant_folders(judge / "mutants"):
        expectation = _read_expectation(lab, folder, solution)
        overlay = _read_files(folder, [*exclude, EXPECT_FILE])
        yield LabCase(folder.name, _lay_over(solution, overlay, expectation.delete), expectation.codes)


def _mutant_folders(mutants: Path) -> list[Path]:
    if not mutants.is_dir():
        return []
    return sorted(path for path in mutants.iterdir() if path.is_dir() and path.name[0] not in "._")


def _lay_over(base: Submission, overlay: Submission, delete: tuple[str, ...]) -> Submission:
    files = {path: content for path, content in base.files.items() if path not in delete}
    kept_executables = {path for path in base.executables if path in files and path not in overlay.files}
    return Submission({**files, **overlay.files}, frozenset(kept_executables | overlay.executables))


def _read_files(folder: Path, exclude: Sequence[str]) -> Submission:
    try:
        return read_folder(folder, exclude)
    except SubmissionRejected as rejection:
        raise CatalogueError(folder, str(rejection)) from rejection


def _read_expectation(lab: Lab, folder: Path, solution: Submission) -> Expectation:
    file = YamlFile.read(folder / EXPECT_FILE)
    expectation = file.parse_as(Expectation)
    mistakes = [
        file.mistake(("codes", place), f"no check of this lab gives {code}")
        for place, code in enumerate(expectation.codes)
        if code not in lab.description.possible_codes
    ]
    mistakes += [
        file.mistake(("delete", place), f"the solution has no file {path!r}")
        for place, path in enumerate(expectation.delete)
        if path not in solution.files
    ]
    if mistakes:
        raise CatalogueError(file.path, *mistakes)
    return expectation
