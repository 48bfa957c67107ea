"""The hints that a lab's author writes, and those of the labs that come with the course."""

from __future__ import annotations

import re

import pytest

from course_service.catalogue import Lab, load_catalogue
from course_service.lab_description import LabDescription
from hub_config.settings import ROOT

LABS = load_catalogue(ROOT / "lab_notebooks").labs
SHIPPED = [
    pytest.param(lab, code, id=f"{lab.slug}-{code}")
    for lab in LABS
    for code in sorted(lab.description.possible_codes)
]
SERVES = {"kind": "serves_http", "title": "It answers", "port": 8080}
FILE = {"kind": "file_exists", "title": "t", "path": "Dockerfile", "message": "None.", "hint": "Make one."}
BUILDS = {"kind": "builds", "title": "It builds", "hints": {"docker_build_failed": ["Which?", "That one."]}}
DESCRIPTION = LabDescription.model_validate(
    {
        "slug": "x",
        "title": "A lab",
        "summary": "What it is about.",
        "difficulty": "beginner",
        "minutes": 5,
        "checks": [
            {**FILE, "code": "dockerfile_missing"},
            BUILDS,
            {**SERVES, "path": "/a", "hints": {"healthcheck_failed": "Look at /a."}},
            {**SERVES, "path": "/b", "hints": {"healthcheck_failed": ["Look at /b.", "It is this."]}},
        ],
    }
)


@pytest.mark.parametrize(
    ("code", "shown", "steps"),
    [
        pytest.param("docker_build_failed", "", ("Which?", "That one."), id="a list"),
        pytest.param("docker_build_failed", "Kind's.", ("Which?", "That one."), id="of the kind before"),
        pytest.param("dockerfile_missing", "", ("Make one.",), id="a field of the check"),
        pytest.param("healthcheck_failed", "", ("Look at /a.",), id="the first of two checks"),
        pytest.param(
            "healthcheck_failed", "Look at /b.", ("Look at /b.", "It is this."), id="the check that gave it"
        ),
        pytest.param("disk_full", "Use less.", ("Use less.",), id="the kind's own"),
        pytest.param("disk_full", "", (), id="none"),
        pytest.param("no_such_code", "", (), id="a code of an older judge"),
    ],
)
def test_hints_are_found_by_code(code: str, shown: str, steps: tuple[str, ...]) -> None:
    assert DESCRIPTION.find_hints(code, shown) == steps


def test_the_verdict_has_the_first_hint_alone() -> None:
    builds, serves = DESCRIPTION.checks[1], DESCRIPTION.checks[2]
    (code,) = builds.hints
    assert builds.failure(code, "It failed.", "The kind's.").hint == "Which?"
    assert serves.failure(code, "It failed.", "The kind's.").hint == "The kind's."


@pytest.mark.parametrize(("lab", "code"), SHIPPED)
def test_every_code_of_a_shipped_lab_has_a_ladder(lab: Lab, code: str) -> None:
    steps = lab.description.find_hints(code)
    assert len(steps) >= 2
    assert len(set(steps)) == len(steps)
    assert all(len(step) < 700 for step in steps)  # a hint is a few sentences


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)
def test_no_hint_of_a_shipped_lab_is_a_line_of_its_solution(lab: Lab) -> None:
    solution = _plain((lab.folder / "judge" / "solution" / "Dockerfile").read_text())
    # Files that the learner has, the notebook among them, may be quoted.
    given = [path.read_text() for path in (lab.folder / "learner").iterdir() if path.is_file()]
    secret = [line for line in solution if not any(line in _words(text) for text in given)]
    assert secret
    codes, checks = lab.description.possible_codes, lab.description.checks
    hints = [_words(step) for check in checks for code in codes for step in check.find_hints(code)]
    assert [(line, hint) for line in secret for hint in hints if line in hint] == []


def _plain(dockerfile: str) -> list[str]:
    """Its instructions, each as one line."""
    lines = re.sub(r"\\\n", " ", dockerfile).splitlines()
    return [_words(line) for line in lines if line.strip() and not line.startswith("#")]


def _words(text: str) -> str:
    return " ".join(text.replace("`", "").replace('\\"', '"').split())
