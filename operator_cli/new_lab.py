"""A new lab: the template's folder with a slug and a title of its own."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from course_service.catalogue import LAB_FILE
from course_service.lab_description import SLUG_PATTERN

from .errors import LabExists, LabNotWritten

TEMPLATE = "lab_template"
_NEVER_COPIED = ("__pycache__",)


def require_slug(slug: str) -> str:
    """`slug`, if it is one. Raises `click.BadParameter`, which says what would be."""
    if re.fullmatch(SLUG_PATTERN.strip("^$"), slug):
        return slug
    near = re.sub(r"[^a-z0-9]+", "-", slug.casefold()).strip("-")[:40].rstrip("-")
    raise click.BadParameter(
        f"{slug!r} cannot name a lab: take 1 to 40 lower-case letters, digits and hyphens, beginning with a "
        f"letter or a digit, for example {near or 'lab4'}"
    )


def require_title(title: str | None) -> str | None:
    """`title`, if it is one line of text. Raises `click.BadParameter`."""
    if title is not None and not (title.strip() and title.isprintable()):
        raise click.BadParameter("take one line of text")
    return title


def make_title(slug: str) -> str:
    """The slug as words."""
    return " ".join(slug.replace("-", " ").split()).capitalize()


def write_new_lab(labs_dir: Path, slug: str, title: str) -> Path:
    """Write the lab's folder and return it. Raises `LabExists` and `LabNotWritten`."""
    folder = labs_dir / slug
    template = files("operator_cli") / TEMPLATE
    try:
        folder.mkdir(parents=True)
        # What makes the folder a lab comes last: a course that is started meanwhile does not read half a lab.
        for path in sorted(_list_files(template), key=lambda path: path == LAB_FILE):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            text = (template / path).read_text(encoding="utf-8")
            target.write_text(_fill(text, slug, title), encoding="utf-8")
    except FileExistsError as error:
        raise LabExists(
            f"There is a lab {slug} already",
            f"{folder} exists, and nothing in it is touched",
            "take another slug, or move that folder away first",
        ) from error
    except OSError as error:
        raise LabNotWritten(
            f"The lab {slug} could not be written",
            f"{error.filename or folder}: {error.strerror}",
            "mend that, or point CONTAINRLAB_LABS_DIR at a folder that is yours",
        ) from error
    return folder


def _list_files(folder: Traversable, prefix: str = "") -> list[str]:
    paths = []
    for entry in folder.iterdir():
        if entry.name in _NEVER_COPIED:
            continue
        if entry.is_dir():
            paths += _list_files(entry, f"{prefix}{entry.name}/")
        else:
            paths.append(f"{prefix}{entry.name}")
    return sorted(paths)


def _fill(text: str, slug: str, title: str) -> str:
    """The template writes its placeholders inside double quotes of YAML or JSON, or in plain words."""
    return text.replace("@SLUG@", slug).replace("@TITLE@", json.dumps(title, ensure_ascii=False)[1:-1])
