"""Which account of the hub is whose, where GitHub's logins change hands.

On GitHub, who renames themselves leaves the old login to whoever takes it; only the numeric id stays
(https://docs.github.com/en/account-and-profile/concepts/username-changes). So an account belongs to an id. It
keeps the name that it got at its owner's first sign-in, and with it files, attempts, groups and tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """The account of who signs in."""

    name: str
    """What the hub calls them."""

    listed_as: frozenset[str]
    """The names by which a list of the operator's means them."""


def find_account(login: str, github_id: int, owners: Mapping[str, int | None]) -> Account:
    """The account of `github_id`, who signs in as `login`, in lower case.

    `owners` has the id to which each account belongs, by name; None for one that nobody has used yet.

    >>> find_account("octocat", 583231, {"octocat": 1}).name
    'octocat.583231'
    """
    is_anothers = owners.get(login) not in (None, github_id)
    own = next((name for name, owner in owners.items() if owner == github_id), None)
    # No login on GitHub has a dot.
    name = own or (f"{login}.{github_id}" if is_anothers else login)
    return Account(name, frozenset({name} if is_anothers else {name, login}))
