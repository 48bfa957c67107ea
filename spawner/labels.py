"""Names and labels of everything that we create in an engine.

What carries our instance's label may be removed by us; nothing else is ever touched.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from escapism import escape, unescape

INSTANCE = "containrlab.instance"
ROLE = "containrlab.role"
OWNER = "containrlab.owner"
CREATED = "containrlab.created"
RECIPE = "containrlab.recipe"
SESSION = "containrlab.session"
"""The key of a session's network, disks and container; the container's name says whose it is now."""

_KEY_BYTES = 6


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


def container_name(container: Mapping[str, Any]) -> str:
    """The name of a container as the engine lists it."""
    name: str = container["Names"][0].lstrip("/")
    return name


def new_session_key() -> str:
    """A key that no session has had."""
    return secrets.token_hex(_KEY_BYTES)


def is_session_key(name: str) -> bool:
    """Whether a session's parts may have this key."""
    return re.fullmatch(f"[0-9a-f]{{{2 * _KEY_BYTES}}}", name) is not None


def network_name(instance: str, key: str) -> str:
    """The name of the network of the session `key`."""
    return f"{instance}-network-{key}"


def pool_name(instance: str, key: str) -> str:
    """The name of a container that waits for its learner; at the claim it takes `session_name`."""
    return f"{instance}-pool-{key}"


def discarded_name(instance: str, key: str) -> str:
    """The name of a container that waited, once nobody may claim it any more."""
    return f"{instance}-discarded-{key}"


def make_labels(instance: str, role: Role, owner: str | None = None) -> dict[str, str]:
    """Labels of something new; `owner` is a learner's name, or what it was made for."""
    labels = {INSTANCE: instance, ROLE: role, CREATED: datetime.now(UTC).isoformat(timespec="seconds")}
    return labels if owner is None else {**labels, OWNER: owner}


def session_labels(instance: str, key: str, recipe: str) -> dict[str, str]:
    """Labels of a session's container and network, which are made before anybody knows whose it will be."""
    return {**make_labels(instance, Role.SESSION), SESSION: key, RECIPE: recipe}


def label_filters(instance: str, role: Role | None = None, owner: str | None = None) -> dict[str, list[str]]:
    """The engine's list filters that find what carries these labels."""
    wanted = [f"{INSTANCE}={instance}"]
    if role is not None:
        wanted.append(f"{ROLE}={role}")
    if owner is not None:
        wanted.append(f"{OWNER}={owner}")
    return {"label": wanted}
