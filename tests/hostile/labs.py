"""The labs that rows are judged by: lab1's checks with short limits, and kinds that it does not use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course_service.catalogue import Lab, LabDescription, load_catalogue
from hub_config.settings import ROOT

BUILD_SECONDS = 20
HASTY_SECONDS = 6
PATIENT_SECONDS = 75
START_SECONDS = 3

_DOCKERFILE = {
    "kind": "file_exists",
    "title": "There is a Dockerfile",
    "path": "Dockerfile",
    "code": "dockerfile_missing",
    "message": "There is no file named Dockerfile.",
    "hint": "Create one.",
}
_IGNORE = {"kind": "dockerignore", "title": "Folders are left out", "excludes": ["venv", "__pycache__"]}
_SERVES = {"kind": "serves_http", "title": "It answers", "port": 8080, "start_seconds": START_SECONDS}
_HEALTH = {**_SERVES, "path": "/health"}
_NONCE = {**_SERVES, "path": "/greet/{nonce}", "body_json": {"hello": "{nonce}"}}
_PRINTS = {
    "kind": "command_output",
    "title": "Python counts",
    "command": ["python", "-c", "print(6 * 7, '{nonce}')"],
    "contains": "42 {nonce}",
    "timeout_seconds": 6,
}
_CLEAN = {"kind": "image_excludes", "title": "No leftovers", "paths": ["**/node_modules"]}
_REUSES = {
    "kind": "rebuild_reuses",
    "title": "No second installation",
    "manifest": "requirements.txt",
    "touch": "a.py",
}
_USER = {"kind": "runs_as_non_root", "title": "Not root"}


def _builds(seconds: int) -> dict[str, Any]:
    return {"kind": "builds", "title": "It builds", "timeout_seconds": seconds}


def _make(*checks: Mapping[str, Any]) -> Lab:
    lab1 = load_catalogue(ROOT / "lab_notebooks").find("lab1")
    described = lab1.description.model_dump(exclude={"checks"})
    description = LabDescription.model_validate({**described, "checks": [_DOCKERFILE, *checks]})
    return Lab(lab1.folder, description, lab1.version)


LABS = {
    "short": _make(_builds(BUILD_SECONDS), _HEALTH),
    "hasty": _make(_builds(HASTY_SECONDS), _HEALTH),
    "patient": _make(_builds(PATIENT_SECONDS), _HEALTH),
    "ignore": _make(_IGNORE, _builds(BUILD_SECONDS), _HEALTH),
    "nonce": _make(_builds(BUILD_SECONDS), _NONCE),
    "prints": _make(_builds(BUILD_SECONDS), _PRINTS),
    "clean": _make(_builds(BUILD_SECONDS), _CLEAN),
    "kinds": _make(_builds(BUILD_SECONDS), _USER, _HEALTH, _CLEAN, _REUSES),
    "user": _make(_builds(BUILD_SECONDS), _USER),
}
