"""The passwords of a trial and the operator's token: given, or made once and kept in the state folder."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from hub_config.settings import Settings

from .locks import make_state_dir

_GROUPS = 3
_ADMIN_BYTES = 32


def trial_password(settings: Settings) -> str:
    """What learners sign in with."""
    return settings.trial_password or _read_or_make(trial_password_file(settings), _easy_to_type)


def admin_password(settings: Settings) -> str:
    """What the admins of a trial sign in with; long, because it opens every learner's session."""
    return settings.admin_password or _read_or_make(admin_password_file(settings), _long)


def trial_password_file(settings: Settings) -> Path:
    """Where a made trial password is kept."""
    return make_state_dir(settings) / "trial_password"


def admin_password_file(settings: Settings) -> Path:
    """Where a made admin password is kept."""
    return make_state_dir(settings) / "admin_password"


def make_operator_token(settings: Settings) -> Path:
    """The file with what the operator's command shows the course service; made where there is none."""
    make_state_dir(settings)
    _read_or_make(_operator_token_file(settings), _long)
    return _operator_token_file(settings)


def operator_token(settings: Settings) -> str | None:
    """What the running course takes from the operator's command; None where none has run yet."""
    if settings.operator_token is not None:
        return settings.operator_token
    try:
        return _operator_token_file(settings).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _operator_token_file(settings: Settings) -> Path:
    return settings.state_dir / "operator_token"


def _read_or_make(file: Path, make: Callable[[], str]) -> str:
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(f"{make()}\n")
    return file.read_text(encoding="utf-8").strip()


def _easy_to_type() -> str:
    """Three groups of four letters and digits: 60 bits, with no character that is taken for another."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[4 * group : 4 * group + 4] for group in range(_GROUPS))


def _long() -> str:
    return secrets.token_urlsafe(_ADMIN_BYTES)
