"""Names of our bridges: whose they are, what they carry, and what that may reach, in at most 15 characters.

The firewall knows nothing but these names (`operator_cli/firewall_ruleset.py`), so a session's egress policy
is held by the network that it is on. All are made here: the course's prefix, a letter for the role, a letter
for the egress policy, "-", and 8 hexadecimal digits, as in ``clsp-1a2b3c4d``. Both letters are always there,
so two courses never have a stem in common, whatever their prefixes are.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from .labels import Role
from .session_policy import Egress

_ROLE_LETTERS = {Role.SESSION: "s", Role.SANDBOX: "j"}
_EGRESS_LETTERS = {Egress.NONE: "n", Egress.PACKAGES: "p"}


def bridge_stem(prefix: str, role: Role, egress: Egress) -> str:
    """What the names of these bridges begin with, and no other's. Raises `KeyError` for other roles."""
    return f"{prefix}{_ROLE_LETTERS[role]}{_EGRESS_LETTERS[egress]}-"


def new_bridge_name(prefix: str, role: Role, egress: Egress) -> str:
    """A name that no bridge has yet; with a prefix of 4 characters the longest that Linux takes."""
    return f"{bridge_stem(prefix, role, egress)}{secrets.token_hex(4)}"


def bridge_kinds() -> Iterator[tuple[Role, Egress]]:
    """Every role and policy that has bridges."""
    return ((role, egress) for role in _ROLE_LETTERS for egress in _EGRESS_LETTERS)
