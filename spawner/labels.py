"""Names and labels of everything that we create in an engine.

What carries our instance's label may be removed by us; nothing else is ever touched.
"""

from __future__ import annotations

import string
from datetime import UTC, datetime
from enum import StrEnum

from escapism import escape, unescape

INSTANCE = "containrlab.instance"
ROLE = "containrlab.role"
OWNER = "containrlab.owner"
CREATED = "containrlab.created"
RECIPE = "containrlab.recipe"


class Role(StrEnum):
    """What a labelled container, network or volume is for."""

    SESSION = "session"
    SANDBOX = "sandbox"
    WORKSPACE = "workspace"
    ENGINE_DATA = "engine-data"
    IMAGE_STORE = "image-store"
    BENCH_STORE = "bench-store"
    """An image store of the bench's, which no session takes unless it is told to."""


def make_name(instance: str, role: Role, owner: str) -> str:
    """The name of the container, network or volume of `owner` in this role."""
    return f"{instance}-{role}-{owner}"


def session_name(instance: str, login: str) -> str:
    """The name of a learner's session, as `LabSpawner` gives it: with dockerspawner's escaping of a login."""
    escaped: str = escape(login, string.ascii_letters + string.digits, escape_char="-").lower()
    return make_name(instance, Role.SESSION, escaped)


def session_owner(instance: str, name: str) -> str:
    """The learner whose session has this name; logins are in lower case. Raises `ValueError` for other names.

    >>> session_owner("lab", session_name("lab", "o'brien"))
    "o'brien"
    """
    login: str = unescape(name.removeprefix(make_name(instance, Role.SESSION, "")), escape_char="-")
    if session_name(instance, login) != name:
        raise ValueError(f"{name} is no session's name")
    return login


def is_session_name(instance: str, name: str) -> bool:
    """Whether a learner's session has this name."""
    try:
        session_owner(instance, name)
    except ValueError:
        return False
    return True


def make_labels(instance: str, role: Role, owner: str) -> dict[str, str]:
    """Labels of something new; `owner` is a learner's name, or what it was made for."""
    return {
        INSTANCE: instance,
        ROLE: role,
        OWNER: owner,
        CREATED: datetime.now(UTC).isoformat(timespec="seconds"),
    }


def label_filters(instance: str, role: Role | None = None, owner: str | None = None) -> dict[str, list[str]]:
    """The engine's list filters that find what carries these labels."""
    wanted = [f"{INSTANCE}={instance}"]
    if role is not None:
        wanted.append(f"{ROLE}={role}")
    if owner is not None:
        wanted.append(f"{OWNER}={owner}")
    return {"label": wanted}
