"""Whether the image takes what an earlier stage built."""

from __future__ import annotations

import pytest

from course_service.checks.copy_from import CopyFrom

from .inspecting import codes, inspect

CHECK = CopyFrom(kind="copy_from", title="copy")
MISSING = ["copy_from_missing"]


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ("FROM a AS builder\nFROM b\nCOPY --from=builder x y\n", []),
        ("FROM a AS Builder\nFROM b\ncopy --from=BUILDER x y\n", []),
        ("FROM a\nFROM b\nCOPY --from=0 x y\n", []),
        ("FROM a AS builder\nFROM b\nCOPY --link --chown=1:2 --from=builder x y\n", []),
        ("FROM a AS builder\nFROM b\nCOPY \\\n  # from the builder\n  --from=builder \\\n  x y\n", []),
        ('FROM a AS builder\nFROM b\nCOPY --from=builder ["x", "y"]\n', []),
        pytest.param(
            "FROM a AS x\nFROM b AS run\nCOPY --from=x x y\nFROM run\n",
            [],
            id="by the stage that it is built on",
        ),
        ("FROM a AS builder\nFROM b\nCOPY x y\n", MISSING),
        ("FROM a AS builder\nFROM b\n# COPY --from=builder x y\n", MISSING),
        ("FROM a AS builder\nFROM b\nCOPY --from=nginx x y\n", MISSING),
        ("FROM a AS builder\nFROM b\nCOPY --from=1 x y\n", MISSING),
        ("FROM a AS builder\nFROM b\nCOPY --from=7 x y\n", MISSING),
        ("FROM a AS builder\nFROM b\nRUN cp --from=builder x y\n", MISSING),
        ("FROM a AS x\nFROM b AS y\nCOPY --from=x x y\nFROM c\n", MISSING),
        ("FROM a AS builder\nFROM b\nONBUILD COPY --from=builder x y\n", MISSING),
        ("FROM a\nCOPY --from=b x y\n", None),
        ("", None),
    ],
)
def test_the_last_stage_copies_from_an_earlier_one(dockerfile, expected):
    assert codes(CHECK, dockerfile) == expected


def test_a_name_that_is_no_stage_is_quoted():
    (failure,) = inspect(CHECK, "FROM a AS builder\nFROM b\nCOPY --from=bulider x y\n")
    assert "(COPY --from=bulider names no stage above it.)" in failure.message
    assert "COPY --from=builder" in failure.hint
