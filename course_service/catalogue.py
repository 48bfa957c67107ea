"""The course's labs, read from ``lab_notebooks/*/lab.yaml``.

Every mistake in a lab.yaml is found when the catalogue is loaded, and named by file and field together with
what was expected there. Nothing of a lab but `learner_tar` and what `Lab.to_json` gives leaves the service,
and what `Lab.solution_json` gives, to who has passed.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from spawner.session_policy import Egress

from .checks.check import Need
from .checks.file_exists import FileExists
from .checks.registry import AnyCheck
from .errors import CatalogueError, LabNotFound
from .submission import DEFAULT_EXCLUDE, DOCKERFILE

LAB_FILE = "lab.yaml"
LEARNER_FOLDER = "learner"
SOLUTION_FOLDER = "judge/solution"
SOLUTION_EXPLANATION = "judge/solution.md"
MOST_SOLUTION_FILE_BYTES = 64 * 2**10
_NEVER_COPIED = frozenset({"__pycache__", ".ipynb_checkpoints"})

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Difficulty(StrEnum):
    """How much a lab asks of a learner."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class SubmissionRules(BaseModel):
    """What of a learner's folder is left out, at any depth: names, or patterns such as ``*.ipynb``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exclude: tuple[Words, ...] = DEFAULT_EXCLUDE


class LabDescription(BaseModel):
    """What lab.yaml says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    slug: Slug
    title: Words
    summary: Words
    difficulty: Difficulty
    minutes: int = Field(ge=1, le=600)
    order: int | None = None
    base_images: tuple[Words, ...] = ()
    egress: Egress = Egress.NONE
    submission: SubmissionRules = SubmissionRules()
    checks: tuple[AnyCheck, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _say_when_there_is_no_dockerfile(self) -> Self:
        # Without a Dockerfile no sandbox is started; a learner must then be told so by some check.
        needs_sandbox = any(Need.SANDBOX in check.needs for check in self.checks)
        if needs_sandbox and not any(
            isinstance(check, FileExists) and check.path == DOCKERFILE for check in self.checks
        ):
            raise ValueError(f"checks: expected one of kind file_exists with path {DOCKERFILE}")
        return self


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
        """The explained solution. Only for who has passed the lab: whoever calls this asks that first."""
        explanation = self.folder / SOLUTION_EXPLANATION
        root = self.folder / SOLUTION_FOLDER
        names = sorted(path.relative_to(root) for path in root.rglob("*"))
        texts = [(name, _short_text(root / name)) for name in names if not set(name.parts) & _NEVER_COPIED]
        return {
            "explanation": _read(explanation) if explanation.is_file() else "",
            "files": [{"path": name.as_posix(), "content": text} for name, text in texts if text is not None],
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
    file = folder / LAB_FILE
    text = _read(file)
    try:
        description = LabDescription.model_validate(_parse_yaml(file, text))
    except ValidationError as error:
        raise CatalogueError(file, _explain(error)) from error
    if description.slug != folder.name:
        raise CatalogueError(file, f"slug: {description.slug!r}; expected the folder's name, {folder.name!r}")
    if not (folder / LEARNER_FOLDER).is_dir():
        raise CatalogueError(file, f"expected a folder {LEARNER_FOLDER}/ beside it, with the learner's files")
    return Lab(folder, description, version=f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}")


def learner_tar(lab: Lab) -> bytes:
    """What is copied to the learner; the same bytes for the same files."""
    root = lab.folder / LEARNER_FOLDER
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root)
            if any(part in _NEVER_COPIED for part in name.parts) or not (path.is_file() or path.is_dir()):
                continue
            member = tarfile.TarInfo(name.as_posix())
            if path.is_dir():
                member.type = tarfile.DIRTYPE
                member.mode = 0o755
                archive.addfile(member)
                continue
            content = path.read_bytes()
            member.size = len(content)
            member.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _place_in_course(lab: Lab) -> tuple[bool, int, str]:
    order = lab.description.order
    return (order is None, order or 0, lab.folder.name)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(file, f"cannot be read: {error}") from error


def _short_text(path: Path) -> str | None:
    """None for what is no file, is long, or is no text."""
    if not path.is_file() or path.stat().st_size > MOST_SOLUTION_FILE_BYTES:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def _parse_yaml(file: Path, text: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CatalogueError(file, f"is not YAML: {error}") from error
    if not isinstance(data, dict):
        raise CatalogueError(file, "expected a mapping with slug, title, summary, checks and so on")
    return data


def _explain(error: ValidationError) -> str:
    """One line for each mistake: the field as one would write its path, and what was expected."""
    lines = []
    for mistake in error.errors(include_url=False):
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in mistake["loc"])
        at_fault = "" if isinstance(mistake["input"], dict) else f" (given: {mistake['input']!r:.80})"
        lines.append(f"{field.lstrip('.') or 'the file'}: {mistake['msg']}{at_fault}")
    return "\n  ".join(lines)
