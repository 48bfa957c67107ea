"""Asking the running service for hints, and a lab with a ladder to ask about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from course_service.store import Store
from course_service.submission import Submission
from course_service.verdict import Failure, FailureCode, JudgeResult, Notes

from .course_plans import failing, not_graded
from .running_service import RunningService

STEPS = ("Look at the last RUN.", "Which file does that RUN need?", "COPY the file before that RUN.")
KNOWN_LOG = (
    "#9 [4/5] RUN pip install -r requirements.txt",
    "#9 0.913 ERROR: Could not open requirements file: [Errno 2] No such file or directory: "
    "'requirements.txt'",
    '#9 ERROR: process "/bin/sh -c pip install -r requirements.txt" did not complete successfully: '
    "exit code: 1",
)
"""One that `explain_log` knows."""

_LAB = """\
slug: ladder
title: A lab with a ladder
summary: Climb it.
difficulty: beginner
minutes: 5
checks:
  - kind: file_exists
    title: There is a Dockerfile
    path: Dockerfile
    code: dockerfile_missing
    message: There is none.
    hint: Make one.
  - kind: builds
    title: The image builds
    hints:
      docker_build_failed: {steps}
"""


def write_lab(labs: Path) -> Path:
    """A folder of labs with one, ``ladder``, whose build has the hints of `STEPS`."""
    folder = labs / "ladder"
    (folder / "learner").mkdir(parents=True)
    (folder / "lab.yaml").write_text(_LAB.format(steps=json.dumps(STEPS)))
    cell = {"cell_type": "markdown", "source": ["Words of the notebook."]}
    (folder / "learner" / "lab.ipynb").write_text(json.dumps({"cells": [cell]}))
    return labs


def failed_build(log: tuple[str, ...] = ("a log of nothing known",), hint: str = STEPS[0]) -> JudgeResult:
    """A verdict whose build failed with this log."""
    failure = Failure(FailureCode.DOCKER_BUILD_FAILED, "The build failed.", hint)
    return replace(failing(), failures=(failure,), notes=Notes(build_logs=log))


def hand_in(
    store: Store,
    result: JudgeResult,
    *,
    user: str = "alice",
    lab: str = "ladder",
    files: dict[str, bytes] | None = None,
) -> int:
    """An attempt with this verdict."""
    submission = Submission(files or {"Dockerfile": b"FROM x\nRUN false\n"})
    attempt = store.add_attempt(
        user=user, server_name="", lab=lab, submission=submission, if_interrupted=not_graded()
    )
    store.finish_attempt(attempt.id, result)
    return attempt.id


@dataclass
class Asked:
    """What came back."""

    response: httpx.Response
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def start(self) -> dict[str, Any]:
        assert self.events[0][0] == "start"
        return self.events[0][1]

    @property
    def end(self) -> dict[str, Any]:
        assert [name for name, _ in self.events].count("end") == 1
        assert self.events[-1][0] == "end"
        return self.events[-1][1]

    @property
    def pieces(self) -> list[str]:
        return [data["text"] for name, data in self.events if name == "piece"]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


async def ask(
    service: RunningService,
    what: str = "hint",
    token: str = "alice-token",
    *,
    lab: str = "ladder",
    **body: object,
) -> Asked:
    """Ask for a `hint`, or to `explain`."""
    response = await service.ask("POST", f"api/agent/{what}", token, json={"lab": lab, **body}, timeout=60)
    asked = Asked(response)
    if response.status_code == 200:
        assert response.headers["Content-Type"] == "text/event-stream"
        name = ""
        for line in response.text.split("\n"):
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                asked.events.append((name, json.loads(line.removeprefix("data: "))))
    return asked
