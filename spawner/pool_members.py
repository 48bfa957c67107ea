"""Sessions that wait for a learner, as the engine has them. Nothing of them is remembered elsewhere.

Who renames a waiting container has it, also to remove it. That is done by the name that it had, and by one at
a time: several who ask the engine at the same moment may all rename it in turn, and would all believe to have
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, NotFound

from .docker_engine import engine_errors
from .docker_rendering import LOW_SHARES, SHARES, WORKSPACE_MOUNT_POINT
from .errors import WorkspaceUnavailable
from .labels import Role, container_name, discarded_name, label_filters, pool_name
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
        waiting = [one for one in containers if container_name(one).startswith(self._prefix)]
        members = [Member(Session.of(one), one["Created"], one["State"] == "running") for one in waiting]
        return sorted(members, key=lambda member: member.created)

    def make(self) -> Session:
        """Start one more, at low priority: nobody waits for it yet."""
        return self.maker.make(
            self.engine,
            name=lambda key: pool_name(self.maker.instance, key),
            workspace=lambda key: self._entrance(key).make(),
            shares=LOW_SHARES,
        )

    def is_prepared(self, session: Session) -> bool:
        """Whether its learner would wait for nothing."""
        return is_prepared(self.engine, session.id)

    def claim(self, session: Session, name: str) -> bool:
        """Give it to the learner whose session has this name; False where somebody else has taken it."""
        if not self._take(session, name):
            return False
        with engine_errors():
            self.engine.update_container(session.id, cpu_shares=SHARES)
        return True

    def admit(self, session: Session, workspace: Path) -> None:
        """Let the folder `workspace` be the workspace of a session that was claimed.

        Raises `WorkspaceUnavailable` and `OSError` where it is not seen in there: its learner would find an
        empty one.
        """
        self._entrance(session.key).admit(workspace)
        with engine_errors():
            process = self.engine.inspect_container(session.id)["State"]["Pid"]
        if not workspace.samefile(f"/proc/{process}/root{WORKSPACE_MOUNT_POINT}"):
            raise WorkspaceUnavailable(f"{workspace} is mounted for {session.name}, and not seen there")

    def discard(self, session: Session) -> bool:
        """Remove it; False where somebody has claimed it meanwhile."""
        name = discarded_name(self.maker.instance, session.key)
        if not self._take(session, name):
            return False
        self.remains.remove(name)
        return True

    def remove_discarded(self) -> None:
        """Remove those of which that has failed before."""
        for name in self.remains.list_waiting():
            if name.startswith(discarded_name(self.maker.instance, "")):
                self.remains.remove(name)

    @property
    def remains(self) -> SessionRemains:
        """Of this course's sessions."""
        return SessionRemains(self.maker.folder, self.maker.instance, lambda: self.engine)

    def _entrance(self, key: str) -> WorkspaceEntrance:
        return WorkspaceEntrance(self.maker.folder, key)

    @property
    def _prefix(self) -> str:
        return pool_name(self.maker.instance, "")

    def _take(self, session: Session, name: str) -> bool:
        """False where somebody else has taken it, or does so now."""
        try:
            with self._entrance(session.key).try_lock() as is_ours:
                return is_ours and self._rename(session, name)
        except FileNotFoundError:  # nobody can be let in
            return self._rename(session, name)

    def _rename(self, session: Session, name: str) -> bool:
        # By its name, not by its number: who comes later finds no such name.
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
