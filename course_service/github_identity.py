"""Who a learner is on GitHub, as the hub says, and the learner's row that goes with it.

The hub keeps one account for each numeric id. Here the id leads too, for what the hub forgets: where staff
delete an account, and its owner comes back under another login, the attempts are found again by the id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .orm import User


@dataclass(frozen=True)
class GitHubIdentity:
    """Somebody on GitHub; the id alone never changes."""

    id: int
    avatar_url: str | None


def read_identity(user_info: Mapping[str, Any] | None) -> GitHubIdentity | None:
    """What the hub kept at the sign-in; None for who did not sign in by GitHub."""
    if not user_info or "github_id" not in user_info:
        return None
    return GitHubIdentity(user_info["github_id"], user_info.get("avatar_url"))


def keep_identity(session: Session, login: str, identity: GitHubIdentity) -> None:
    """Make the row of this id that of `login`, the hub's name; another's row of that name is set aside.

    A row that has no id yet becomes this one's, unless they have another.
    """
    row = session.scalar(select(User).where(User.github_id == identity.id))
    named = session.scalar(select(User).where(User.login == login))
    if row is None and named is not None and named.github_id is None:
        row = named
    if named is not None and named is not row:
        named.login = f"{login} (formerly, {named.id})"  # no login on GitHub reads so
        session.flush()  # so that the name is free before it is taken
    if row is None:
        row = User(login=login, created_at=datetime.now(UTC))
        session.add(row)
    row.login = login
    row.github_id = identity.id
    row.avatar_url = identity.avatar_url
