"""What every kind of check has in common: the codes that it says it gives are those that it gives."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import get_args

import pytest

from course_service.checks import build_error
from course_service.checks.check import RUNNING_CODES, Check, ImageCheck
from course_service.checks.registry import AnyCheck

KINDS: tuple[type[Check], ...] = get_args(get_args(AnyCheck)[0])
ELSEWHERE = {"Builds": build_error}
"""Modules that choose a kind's codes for it."""


def codes_used(source: str) -> set[str]:
    """The names of the failure codes in a module, less those of the list of codes itself."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [
                part
                for part in node.body
                if not (isinstance(part, ast.AnnAssign) and ast.unparse(part.target) == "codes")
            ]
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "FailureCode"
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_codes_of_a_kind_are_those_that_its_module_gives(kind):
    source = inspect.getsource(sys.modules[kind.__module__])
    used = codes_used(source)
    if issubclass(kind, ImageCheck) and "workbench.sandbox" in source:
        used |= {code.name for code in RUNNING_CODES}  # given by `blame`
    if elsewhere := ELSEWHERE.get(kind.__name__):
        used |= codes_used(inspect.getsource(elsewhere))
    assert {code.name for code in kind.codes} == used
