"""A course.yaml for a hub of these tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

TITLE = "Containers & <b>ships</b>"
"""As a teacher may well write it."""


def write_course_file(folder: Path) -> Path:
    """A course whose first lab is due in some days, and whose last one is not open yet."""
    now = datetime.now(UTC)
    due, opens = (f"{now + timedelta(days=days, hours=1):%Y-%m-%d %H:%M}" for days in (3, 5))
    file = folder / "course.yaml"
    file.write_text(
        f'title: "{TITLE}"\ntime_zone: Etc/UTC\nlabs:\n'
        f"  - {{lab: lab1, due: {due}}}\n  - {{lab: lab2}}\n  - {{lab: lab3, opens: {opens}}}\n"
    )
    return file
