"""Whether the stage that builds has a name."""

from __future__ import annotations

import pytest

from course_service.checks.named_builder import NamedBuilder

from .inspecting import codes, inspect

CHECK = NamedBuilder(kind="named_builder", title="name")
MISSING = ["builder_alias_missing"]


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ("FROM a AS builder\nFROM b\nCOPY --from=builder x y\n", []),
        ("from a as Builder\nfrom b\ncopy --from=builder x y\n", []),
        ("FROM --platform=$BUILDPLATFORM a AS builder\nFROM b\nCOPY --from=builder x y\n", []),
        pytest.param("FROM a AS builder\nFROM b\nCOPY --from=0 x y\n", [], id="named, and copied by number"),
        ("FROM a AS builder\nFROM b\n", []),
        ("FROM a AS builder\nFROM builder\n", []),
        ("FROM a AS deps\nFROM deps\nFROM b\nCOPY --from=deps x y\nCOPY --from=1 x y\n", []),
        ("FROM a\nFROM b\nCOPY --from=0 x y\n", MISSING),
        ("FROM a\nFROM b AS final\nCOPY --from=0 x y\n", MISSING),
        ("FROM a # AS builder\nFROM b\n", MISSING),
        ("FROM a\nFROM b\n", MISSING),
        pytest.param(
            "FROM a AS other\nFROM b\nFROM c\nCOPY --from=1 x y\n", MISSING, id="another has a name"
        ),
        ("FROM a\n", None),
        ("", None),
    ],
)
def test_the_builder_is_named(dockerfile, expected):
    assert codes(CHECK, dockerfile) == expected


def test_the_message_names_the_line_of_the_stage_that_is_copied_from():
    dockerfile = "FROM a AS other\nRUN x\nFROM b\nRUN y\nFROM c\nCOPY --from=1 x y\n"
    (failure,) = inspect(CHECK, dockerfile)
    assert "line 3" in failure.message
    assert failure.hint == "End line 3 with: AS builder"
