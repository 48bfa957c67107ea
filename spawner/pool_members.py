"""Sessions that wait for a learner, as the engine has them. Nothing of them is remembered elsewhere.

Who renames a waiting container has it: the engine lets one do so, and tells all others that no container has
that name. Whoever claims one does it so, and so does who wants to remove one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from .docker_engine import engine_errors
from .docker_rendering import LOW_SHARES, SHARES
from .labels import Role, discarded_name, label_filters, pool_name
from .prepared_server import is_prepared
from .session_maker import Session, SessionMaker
from .session_remains import SessionRemains
from .workspace_entrance import WorkspaceEntrance

_CONFLICT = 409


@dataclass(frozen=True)
class Member:
    """A session that waits, or is on its way to."""

    session: Session
    created: int
    """Seconds since 1970."""
    is_running: bool


@dataclass(frozen=True)
class PoolMembers:
    """Those of one course on one engine. Methods raise of `errors`, and docker-py's `APIError`."""

    engine: docker.APIClient
    maker: SessionMaker

    def list_all(self) -> list[Member]:
        """The oldest first."""
        filters = label_filters(self.maker.instance, Role.SESSION)
        with engine_errors():
            containers = self.engine.containers(all=True, filters=filters)
        waiting = [one for one in containers if one["Names"][0].lstrip("/").startswith(self._prefix)]
        members = [Member(Session.of(one), one["Created"], one["State"] == "running") for one in waiting]
        return sorted(members, key=lambda member: member.created)

    def make(self) -> Session:
        """Start one more, at low priority: nobody waits for it yet."""

        def entrance(key: str) -> WorkspaceEntrance:
            return WorkspaceEntrance(self.maker.folder, key)

        return self.maker.make(
            self.engine,
            name=lambda key: pool_name(self.maker.instance, key),
            workspace=lambda key: entrance(key).make(),
            shares=LOW_SHARES,
        )

    def is_prepared(self, session: Session) -> bool:
        """Whether its learner would wait for nothing."""
        return is_prepared(self.engine, session.id)

    def claim(self, session: Session, name: str) -> bool:
        """Give it to the learner whose session has this name; False where somebody else has taken it."""
        if not self._rename(session, name):
            return False
        with engine_errors():
            self.engine.update_container(session.id, cpu_shares=SHARES)
        return True

    def admit(self, session: Session, workspace: Path) -> None:
        """Let the folder `workspace` be the workspace of a session that was claimed."""
        WorkspaceEntrance(self.maker.folder, session.key).admit(workspace)

    def discard(self, session: Session) -> bool:
        """Remove it; False where somebody has claimed it meanwhile."""
        name = discarded_name(self.maker.instance, session.key)
        if not self._rename(session, name):
            return False
        self.remains.remove(name)
        return True

    @property
    def remains(self) -> SessionRemains:
        """Of this course's sessions."""
        return SessionRemains(self.maker.folder, self.maker.instance, lambda: self.engine)

    @property
    def _prefix(self) -> str:
        return pool_name(self.maker.instance, "")

    def _rename(self, session: Session, name: str) -> bool:
        # By its name, not by its number: of two who rename at once, the second finds no such name.
        try:
            with engine_errors():
                self.engine.rename(session.name, name)
        except NotFound:
            return False
        except APIError as error:
            if error.status_code == _CONFLICT:
                return False
            raise
        return True
