"""How many stages there are."""

from __future__ import annotations

import pytest

from course_service.checks.stages import Stages

from .inspecting import codes, inspect


@pytest.mark.parametrize(
    ("dockerfile", "minimum", "expected"),
    [
        ("FROM a\nFROM b\n", 2, []),
        ("from a\nfrom b as c\n", 2, []),
        ("FROM a\nFROM b\n", 3, ["single_stage"]),
        ("FROM a\n", 2, ["single_stage"]),
        ("FROM a\n# FROM b\n", 2, ["single_stage"]),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\n", 2, ["single_stage"]),
        ("FROM a\nRUN echo \\\nFROM b\n", 2, ["single_stage"]),
        ("RUN x\n", 2, None),
    ],
)
def test_stages_are_counted(dockerfile, minimum, expected):
    check = Stages(kind="stages", title="stages", minimum=minimum)
    assert codes(check, dockerfile) == expected


@pytest.mark.parametrize(("count", "said"), [(1, "has 1 stage;"), (2, "has 2 stages;")])
def test_the_message_counts(count, said):
    check = Stages(kind="stages", title="stages", minimum=3)
    (failure,) = inspect(check, "FROM a\n" * count)
    assert said in failure.message
