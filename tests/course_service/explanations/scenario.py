"""A mistake of a learner's that can be made again: files, and what is typed beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from spawner.session_policy import Egress

PYTHON = "FROM python:3.13-slim\n"
NODE = "FROM node:24-slim\n"
NOTHING = ""
"""As what is expected: the log is not explained."""
RUN_IT = "docker run --rm app"

Files = Mapping[str, str]
NO_FILES: Files = MappingProxyType({})


@dataclass(frozen=True)
class Scenario:
    """What makes one log of `logs/`.

    The judge's own build command builds `files`, and its output is the log. Where there is a `script`, an
    image `app` is built quietly instead, if there is a Dockerfile and the script does not build by itself,
    and the script's output is the log.
    """

    name: str
    expected: str
    """Name of the entry that explains the log, or `NOTHING`."""
    files: Files
    script: str | None = None
    egress: Egress = Egress.PACKAGES
    executables: frozenset[str] = frozenset()


def builds(name: str, dockerfile: str, *, files: Files = NO_FILES, **fields: Any) -> Scenario:
    """The build of a Dockerfile fails."""
    return _scenario(name, {"Dockerfile": dockerfile, **files}, **fields)


def runs(
    name: str, dockerfile: str, script: str = RUN_IT, *, files: Files = NO_FILES, **fields: Any
) -> Scenario:
    """An image is built, and what is done with it fails."""
    return _scenario(name, {"Dockerfile": dockerfile, **files}, script=script, **fields)


def types(name: str, script: str, *, files: Files = NO_FILES, **fields: Any) -> Scenario:
    """A command that is typed fails."""
    return _scenario(name, files, script=script, **fields)


def _scenario(name: str, files: Files, *, expected: str | None = None, **fields: Any) -> Scenario:
    return Scenario(name, name if expected is None else expected, files, **fields)
