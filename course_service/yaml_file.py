"""A YAML file that a lab's author wrote, read as a model; every mistake has its file, its line and what was
expected there.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .errors import CatalogueError, Mistake
from .yaml_lines import Location, YamlText, mistake_line, read_yaml

Model = TypeVar("Model", bound=BaseModel)

_KEY_ITSELF = "[key]"  # what pydantic adds where the key of a dictionary is the mistake


@dataclass(frozen=True)
class YamlFile:
    """A file that parses as YAML; `text` is what stands in it."""

    path: Path
    text: str
    content: YamlText

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises `CatalogueError`."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise CatalogueError(path, "there is no such file") from error
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogueError(path, f"cannot be read: {error}") from error
        try:
            content = read_yaml(text)
        except yaml.YAMLError as error:
            mistake = Mistake(f"is not YAML: {_describe(error)}", mistake_line(error, text))
            raise CatalogueError(path, mistake) from error
        except (ValueError, RecursionError) as error:
            raise CatalogueError(path, f"is not YAML: {error}") from error
        repeated = [
            Mistake(f"{repeat.key}: stands in line {repeat.first_line} already", repeat.line)
            for repeat in content.repeated_keys
        ]
        if repeated:
            raise CatalogueError(path, *repeated)
        return cls(path, text, content)

    def parse_as(self, model: type[Model]) -> Model:
        """The file as `model`. Raises `CatalogueError`."""
        if not isinstance(self.content.data, dict):
            required = ", ".join(name for name, field in model.model_fields.items() if field.is_required())
            raise CatalogueError(self.path, Mistake(f"expected a mapping with {required}", 1))
        try:
            return model.model_validate(self.content.data)
        except ValidationError as error:
            schema = model.model_json_schema()
            mistakes = [self._mistake(details, schema) for details in _innermost(error)]
            raise CatalogueError(self.path, *mistakes) from error

    def mistake(self, location: Location, problem: str) -> Mistake:
        """A mistake at `location`, as pydantic would name it."""
        return Mistake(f"{_field(location)}: {problem}", self.content.line(location))

    def _mistake(self, details: ErrorDetails, schema: dict[str, Any]) -> Mistake:
        location = [part for part in details["loc"] if part != _KEY_ITSELF]
        problem = details["msg"].removeprefix("Value error, ")
        if details["type"] == "extra_forbidden":
            return self.mistake(location, _unknown_key(location, schema))
        if not isinstance(details["input"], dict):
            problem += f" (given: {details['input']!r:.80})"
        pointed_at = [*location, "kind"] if details["type"] == "union_tag_invalid" else location
        return Mistake(f"{_field(location)}: {problem}", self.content.line(pointed_at))


def _innermost(error: ValidationError) -> list[ErrorDetails]:
    """The mistakes less those that follow from another: a list whose items are all wrong counts as empty."""
    details = error.errors(include_url=False)
    locations = [one["loc"] for one in details]
    return [
        one
        for one in details
        if not any(len(loc) > len(one["loc"]) and loc[: len(one["loc"])] == one["loc"] for loc in locations)
    ]


def _describe(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return " ".join(str(error).split())
    words = [error.context or "", error.problem or ""]
    if error.context_mark and error.problem_mark and error.context_mark.line != error.problem_mark.line:
        words[0] += f" (from line {error.context_mark.line + 1})"
    return ", ".join(word for word in words if word)


def _field(location: Location) -> str:
    """The field as one would write its path: ``checks[2].serves_http.port``."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


def _unknown_key(location: Sequence[str | int], schema: dict[str, Any]) -> str:
    known = _known_keys(location[:-1], schema)
    near = difflib.get_close_matches(str(location[-1]), known, n=1)
    suggestion = f" Did you mean {near[0]}?" if near else ""
    return f"there is no such key.{suggestion} Known here: {', '.join(known)}"


def _known_keys(location: Location, schema: dict[str, Any]) -> list[str]:
    node = schema
    for part in location:
        if isinstance(part, int):
            node = node["items"]
        elif "discriminator" in node:
            node = {"$ref": node["discriminator"]["mapping"][part]}
        else:
            node = node["properties"][part]
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
    return list(node["properties"])
