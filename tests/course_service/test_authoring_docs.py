"""docs/authoring-labs.md has every field, kind, parameter, default and code, and its examples are right."""

from __future__ import annotations

import re
from enum import Enum
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from course_service.checks.check import Check
from course_service.checks.registry import AnyCheck
from course_service.lab_cases import Expectation
from course_service.lab_description import LabDescription
from hub_config.settings import ROOT

PAGE = (ROOT / "docs" / "authoring-labs.md").read_text(encoding="utf-8")
KINDS: dict[str, type[Check]] = {
    get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in get_args(get_args(AnyCheck)[0])
}
FIELDS_OF_ALL = {*Check.model_fields, "kind"}


def section(heading: str) -> str:
    """What stands between a heading and the next of its rank or above."""
    level, _, _ = heading.partition(" ")
    found = re.search(rf"^{re.escape(heading)}$\n(.*?)(?=^#{{2,{len(level)}}} |\Z)", PAGE, re.M | re.S)
    assert found, f"docs/authoring-labs.md has no heading: {heading}"
    return found[1]


def rows(text: str) -> dict[str, str]:
    """The tables' first column, without its quotes, to the second."""
    return dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", text, re.M))


def shown_default(field: FieldInfo) -> str:
    """A field's default as the page writes it."""
    if field.is_required():
        return "required"
    default: Any = field.default.value if isinstance(field.default, Enum) else field.default
    if isinstance(default, BaseModel):
        return "see below"
    return "none" if default in (None, "", (), {}) else f"`{default}`"


def shown(model: type[BaseModel], names: set[str]) -> dict[str, str]:
    """Those fields of a model as the page's table has them."""
    return {name: shown_default(field) for name, field in model.model_fields.items() if name in names}


def test_every_field_of_a_lab_is_in_the_table():
    assert rows(section("## lab.yaml")) == shown(LabDescription, set(LabDescription.model_fields))


def test_every_field_that_all_checks_have_is_in_the_table():
    text = section("## Checks").partition("\n### ")[0]
    assert rows(text) == {**shown(Check, FIELDS_OF_ALL), "kind": "required"}


def test_the_page_has_the_kinds_that_there_are():
    assert set(re.findall(r"^### `(\w+)`$", PAGE, re.M)) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_a_kind_is_there_with_its_default(kind):
    parameters = set(KINDS[kind].model_fields) - FIELDS_OF_ALL
    text = section(f"### `{kind}`")
    assert rows(text) == shown(KINDS[kind], parameters)
    assert ("No parameters." in text) == (not parameters)


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_of_a_kind_is_there(kind):
    (prose, *_) = section(f"### `{kind}`").partition("\n\n")
    named = set(re.findall(r"`(\w+)`", prose.partition("Code")[2]))
    assert set(KINDS[kind].codes) - named == set()


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_is_one_of_it(kind):
    (example,) = re.findall(r"^```yaml\n(.*?)^```", section(f"### `{kind}`"), re.M | re.S)
    check: Check = TypeAdapter(AnyCheck).validate_python(yaml.safe_load(example))
    assert isinstance(check, KINDS[kind])


def test_the_other_examples_are_right():
    (hints,) = re.findall(r"^```yaml\n(kind: builds\n.*?hints.*?)^```", PAGE, re.M | re.S)
    check: Check = TypeAdapter(AnyCheck).validate_python(yaml.safe_load(hints))
    assert set(check.hints) <= set(check.possible_codes)
    (expectation,) = re.findall(r"^```yaml\n(# Why.*?)^```", PAGE, re.M | re.S)
    Expectation.model_validate(yaml.safe_load(expectation))
