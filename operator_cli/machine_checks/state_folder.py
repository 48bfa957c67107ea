"""Who can read the state folder and the secrets in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ..locks import make_state_dir
from .check import Check, Finding, Group, failed, needs_root, passed
from .machine import Machine

SECRETS = (
    *("trial_password", "admin_password", "operator_token", "jupyterhub_cookie_secret"),
    *("gemini_api_key", "db_url"),
)
FOLDER_MODE, SECRET_MODE = 0o700, 0o600


def judge_state_folder(folder: Path, mode: int | None, secrets: Mapping[str, int]) -> Finding:
    """By modes; `mode` is None where the folder is not made yet."""
    if mode is None:
        return passed(f"{folder} is not made yet")
    open_ones = [f"{folder} has mode {mode:04o}"] if mode & ~FOLDER_MODE else []
    open_ones += [f"{name} has mode {mode:04o}" for name, mode in secrets.items() if mode & ~SECRET_MODE]
    if not open_ones:
        return passed(f"{folder}, {FOLDER_MODE:04o}; {len(secrets)} secrets, {SECRET_MODE:04o}")
    names = " ".join(str(folder / name) for name, mode in secrets.items() if mode & ~SECRET_MODE)
    close_secrets = f" && chmod {SECRET_MODE:o} {names}" if names else ""
    return failed("; ".join(open_ones), f"chmod {FOLDER_MODE:o} {folder}{close_secrets}", fix=_close)


def _look(machine: Machine) -> Finding:
    folder = machine.settings.state_dir
    if not folder.exists():
        return judge_state_folder(folder, None, {})
    if not os.access(folder, os.R_OK | os.X_OK):
        raise needs_root()
    secrets = {file.name: _mode(file) for file in _secrets(folder)}
    return judge_state_folder(folder, _mode(folder), secrets)


def _close(machine: Machine) -> str:
    folder = make_state_dir(machine.settings)
    for file in _secrets(folder):
        file.chmod(SECRET_MODE)
    return f"{folder} and its secrets are readable by their owner alone"


def _secrets(folder: Path) -> list[Path]:
    return [folder / name for name in SECRETS if (folder / name).exists()]


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


STATE_FOLDER = Check(
    "state_folder", Group.COURSE, "Who reads it can sign in as any learner, and as an admin.", _look
)
