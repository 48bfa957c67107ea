"""The course's labs, read from ``lab_notebooks/*/lab.yaml``.

Every mistake in a lab.yaml is found when the catalogue is loaded, and named by file, line and field together
with what was expected there. Nothing of a lab leaves the service but `learner_tar`, what `Lab.to_json` gives
and, to who has passed, `Lab.solution_json`.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CatalogueError, LabNotFound
from .lab_description import LabDescription
from .plain_tar import pack_files
from .solution import read_explanation, read_solution_files
from .yaml_file import YamlFile

LAB_FILE = "lab.yaml"
LEARNER_FOLDER = "learner"
JUDGE_FOLDER = "judge"
_NEVER_COPIED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Lab:
    """A lab: what its lab.yaml says, and where its files are."""

    folder: Path
    description: LabDescription
    version: str
    """Changes with every change of lab.yaml."""

    @property
    def slug(self) -> str:
        return self.description.slug

    def summary_json(self) -> dict[str, Any]:
        """The lab in the list of labs."""
        return self.description.model_dump(
            mode="json", include={"slug", "title", "summary", "difficulty", "minutes"}
        )

    def to_json(self) -> dict[str, Any]:
        """The lab by itself."""
        return {
            **self.summary_json(),
            "checks": [{"title": check.title} for check in self.description.checks],
            "submission": self.description.submission.model_dump(mode="json"),
        }

    def solution_json(self) -> dict[str, Any]:
        """The solution and its explanation, for who has passed the lab. Raises `CatalogueError`."""
        exclude = self.description.submission.exclude
        return {
            "explanation": read_explanation(self.folder / JUDGE_FOLDER),
            "files": read_solution_files(self.folder / JUDGE_FOLDER, exclude),
        }


class Catalogue:
    """The labs in course order: by `order` where one is given, then by folder name."""

    def __init__(self, labs: list[Lab]) -> None:
        self.labs = tuple(sorted(labs, key=_place_in_course))
        self._by_slug = {lab.slug: lab for lab in self.labs}

    def __iter__(self) -> Iterator[Lab]:
        return iter(self.labs)

    def find(self, slug: str) -> Lab:
        """Raises `LabNotFound`."""
        try:
            return self._by_slug[slug]
        except KeyError:
            raise LabNotFound(slug) from None


def load_catalogue(labs_dir: Path) -> Catalogue:
    """Read every lab under `labs_dir`. Raises `CatalogueError`."""
    if not labs_dir.is_dir():
        raise CatalogueError(labs_dir, "no such folder; CONTAINRLAB_LABS_DIR names the folder of labs")
    return Catalogue([load_lab(file.parent) for file in sorted(labs_dir.glob(f"*/{LAB_FILE}"))])


def load_lab(folder: Path) -> Lab:
    """Read one lab. Raises `CatalogueError`."""
    file = YamlFile.read(folder / LAB_FILE)
    description = file.parse_as(LabDescription)
    mistakes = [file.mistake(location, problem) for location, problem in description.broken_rules()]
    if description.slug != folder.name:
        problem = f"{description.slug!r}; expected the folder's name, {folder.name!r}"
        mistakes.insert(0, file.mistake(("slug",), problem))
    if mistakes:
        raise CatalogueError(file.path, *mistakes)
    if not (folder / LEARNER_FOLDER).is_dir():
        raise CatalogueError(
            file.path, f"expected a folder {LEARNER_FOLDER}/ beside it, with the learner's files"
        )
    return Lab(folder, description, version=f"sha256:{hashlib.sha256(file.text.encode()).hexdigest()[:16]}")


def learner_tar(lab: Lab) -> bytes:
    """What is copied to the learner; the same bytes for the same files."""
    root = lab.folder / LEARNER_FOLDER
    found = {path.relative_to(root): path for path in sorted(root.rglob("*")) if path.is_file()}
    files = {name.as_posix(): path for name, path in found.items() if not set(name.parts) & _NEVER_COPIED}
    return pack_files(
        {name: path.read_bytes() for name, path in files.items()},
        frozenset(name for name, path in files.items() if path.stat().st_mode & stat.S_IXUSR),
    )


def _place_in_course(lab: Lab) -> tuple[bool, int, str]:
    order = lab.description.order
    return (order is None, order or 0, lab.folder.name)
