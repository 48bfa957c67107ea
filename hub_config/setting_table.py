"""How a table of settings is read from an environment.

Each row is a field of a dataclass, made by `setting`. It may also be given as ``NAME_FILE``: the path of a
file that holds the value, for secrets. A warning says where others than the file's owner may read a secret's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, fields
from pathlib import Path
from typing import Any

PREFIX = "CONTAINRLAB_"

log = logging.getLogger(__name__)


class SettingError(ValueError):
    """A setting has a value that cannot be meant; `name` is its environment variable."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


def setting(
    name: str,
    parse: Callable[[str], Any],
    help_text: str,
    default: Any,
    *,
    shown_default: str | None = None,
    is_secret: bool = False,
    is_course_secret: bool = False,
    otherwise: str | None = None,
) -> Any:
    """One row of a table; a secret one is handed on to no other process.

    But for an `is_course_secret`, which the course service is to have, and nothing else. `otherwise` is a
    variable of somebody else's that is read where this one is not set.
    """
    return field(
        default=default,
        repr=not (is_secret or is_course_secret),
        metadata={
            "name": name,
            "parse": parse,
            "help": help_text,
            "shown_default": shown_default,
            "is_secret": is_secret or is_course_secret,
            "is_course_secret": is_course_secret,
            "otherwise": otherwise,
        },
    )


def read_settings(table: type[Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `table` that `environment` gives, parsed.

    Raises `SettingError` for a value that does not parse, a ``*_FILE`` that cannot be read, or a variable of
    our prefix that is no setting (a misspelt one would otherwise be silently ignored).
    """
    values = {}
    for row in fields(table):
        name = row.metadata["name"]
        text = _read(environment, name, is_secret=row.metadata["is_secret"])
        if text is None and row.metadata["otherwise"]:
            text = environment.get(row.metadata["otherwise"])
        if text is None:
            continue
        try:
            values[row.name] = row.metadata["parse"](text)
        except ValueError as error:
            raise SettingError(name, str(error)) from error
    _refuse_unknown(table, environment)
    return values


def absolute_paths(table: type[Any], environment: Mapping[str, str]) -> dict[str, str]:
    """The paths that `environment` gives, made absolute: who inherits it may run in another folder."""
    paths = {}
    for meta in (row.metadata for row in fields(table)):
        if environment.get(f"{meta['name']}_FILE"):
            paths[f"{meta['name']}_FILE"] = str(Path(environment[f"{meta['name']}_FILE"]).resolve())
        elif environment.get(meta["name"]):
            value = meta["parse"](environment[meta["name"]])
            if isinstance(value, Path):
                paths[meta["name"]] = str(value)
    return paths


def names_to_pass_on(table: type[Any]) -> set[str]:
    """The environment variables that the course service may be handed: of its secrets, the file's name."""
    shown = [row.metadata for row in fields(table) if not row.metadata["is_secret"]]
    names = {meta["name"] for meta in shown}
    return (
        names
        | {f"{name}_FILE" for name in names | names_of_course_secrets(table)}
        | {meta["otherwise"] for meta in shown if meta["otherwise"]}
    )


def names_of_course_secrets(table: type[Any]) -> set[str]:
    """The environment variables that hold what only the course service may know."""
    return {row.metadata["name"] for row in fields(table) if row.metadata["is_course_secret"]}


def course_secrets(settings: Any) -> dict[str, str | None]:
    """What only the course service may know, by environment variable; None where it is not set."""
    secret = [row for row in fields(settings) if row.metadata["is_course_secret"]]
    return {row.metadata["name"]: getattr(settings, row.name) for row in secret}


def describe(table: type[Any]) -> Iterator[tuple[str, str, str]]:
    """Each setting as (environment variable, default as shown to a reader, meaning)."""
    for row in fields(table):
        meta, default = row.metadata, row.default
        if isinstance(default, tuple):
            default = ",".join(default)
        shown = meta["shown_default"] or (f"`{default}`" if default not in (None, "") else "unset")
        yield meta["name"], shown, meta["help"]


def _read(environment: Mapping[str, str], name: str, *, is_secret: bool) -> str | None:
    value = environment.get(name)
    file_name = environment.get(f"{name}_FILE")
    if value and file_name:
        raise SettingError(name, f"given twice: as {name} and as {name}_FILE; unset one")
    if file_name:
        try:
            # Not refused: where secrets are mounted, as by Docker or Kubernetes, they have such a mode.
            if is_secret and Path(file_name).stat().st_mode & 0o077:
                log.warning("%s_FILE: others may read it too; close it: chmod 600 %s", name, file_name)
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE", f"cannot be read: {error}") from error
    return value or None


def _refuse_unknown(table: type[Any], environment: Mapping[str, str]) -> None:
    known = {row.metadata["name"] for row in fields(table)}
    for name in environment:
        if name.startswith(PREFIX) and not {name, name.removesuffix("_FILE")} & known:
            raise SettingError(name, "no such setting; see docs/settings.md")
