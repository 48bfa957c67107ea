"""Which users the engine takes for root."""

from __future__ import annotations

import pytest

from course_service.checks.runs_as_non_root import is_roots_name

USERS = (
    "root:x:0:0::/root:/bin/sh",
    "app:x:0:0::/:/bin/sh",
    "1000:x:0:0::/:/bin/sh",
    "web:x:1001:1001::/:/bin/sh",
)


@pytest.mark.parametrize(
    ("user", "users", "is_root"),
    [
        ("", (), True),
        ("root", (), True),
        ("0", (), True),
        ("00", (), True),
        ("00", USERS, True),
        ("app", USERS, True),
        pytest.param("1000", USERS, True, id="a name that looks like a number"),
        ("web", USERS, False),
        ("1001", USERS, False),
        ("65534", (), False),
        pytest.param("app", ("app:x:not-a-number:0::/:/bin/sh", "nonsense"), False, id="lines that are none"),
    ],
)
def test_roots_names_are_told_from_others(user, users, is_root):
    assert is_roots_name(user, users) is is_root
