"""A course whose parts are killed, each by its number as the kernel would: nothing is told to end."""

from __future__ import annotations

import http.client
import os
import signal
from dataclasses import dataclass, field
from typing import Any

import docker
import psutil
import requests

from operator_cli.ports import answers
from operator_cli.waiting import wait_for
from spawner.labels import SESSION, Role, label_filters
from spawner.workspace_entrance import ENTRANCES
from tests.host_inventory import HostInventory
from tests.hub_visitor import HubVisitor
from tests.running_course import Course
from tests.waiting_sessions import WaitingSessions, key_of

from .learner import Learner
from .own_engine import OwnEngine

RECOVERY_SECONDS = 120
"""A limit only: the table tells how long it took. On a busy machine a hub's start alone takes 40 s."""
SETTLE_SECONDS = 60
"""Within which a reconciler has removed what nobody owns."""

_MARKS = {
    "hub": "-m jupyterhub -f",
    "service": "-m course_service",
    "proxy": "configurable-http-proxy --",
    "egress": "squid -N",
}


@dataclass
class Classroom:
    """A running course on an engine of its own."""

    course: Course
    engine: docker.APIClient
    own_engine: OwnEngine
    learners: dict[str, Learner] = field(default_factory=dict)

    def learner(self, name: str) -> Learner:
        """The learner with a session that runs, in the lab's folder."""
        if name not in self.learners:
            visitor = HubVisitor(self.course.url, name)
            visitor.sign_in(self.course.password)
            self.learners[name] = Learner(visitor, self.engine, self.course.settings)
        learner = self.learners[name]
        if not learner.visitor.is_answered():
            learner.come_back()
            learner.open_lab()
        return learner

    def pid_of(self, part: str) -> int:
        """The number of a part's process, of this course alone. Raises `ValueError` where it does not run."""
        state_dir = str(self.course.settings.state_dir)
        (pid,) = (
            process.pid
            for process in psutil.process_iter(["cmdline", "cwd"])
            if _MARKS[part] in " ".join(process.info["cmdline"] or ()) and process.info["cwd"] == state_dir
        )
        return pid

    def kill(self, *parts: str) -> None:
        """SIGKILL to each, at once."""
        for pid in [self._pid_to_kill(part) for part in parts]:
            os.kill(pid, signal.SIGKILL)

    def kill_in_session(self, learner: Learner, program: str = "") -> None:
        """SIGKILL to a session's first process, or to this program in it."""
        if not program:
            os.kill(self.engine.inspect_container(learner.container)["State"]["Pid"], signal.SIGKILL)
            return
        titles = self.engine.top(learner.container)
        column = titles["Titles"].index("PID")
        (pid,) = (
            int(row[column])
            for row in titles["Processes"]
            if row[-1].split()[0].rpartition("/")[2] == program
        )
        os.kill(pid, signal.SIGKILL)

    def is_whole(self) -> bool:
        """Whether hub, proxy, course service and egress proxy answer."""
        settings = self.course.settings
        try:
            return (
                requests.get(f"{self.course.url}/hub/api/", timeout=5).ok
                and requests.get(f"{self.course.url}/services/course/health", timeout=5).ok
                and answers(settings.egress_port)
                and self.own_engine.answers()
            )
        except (requests.RequestException, http.client.HTTPException):
            return False

    def wait_until_whole(self, before: dict[str, int]) -> None:
        """Returns when each killed part is there again, with another number, and all answer."""

        def is_back() -> bool:
            try:
                return all(self._pid_to_kill(part) != pid for part, pid in before.items()) and self.is_whole()
            except (ValueError, OSError):
                return False

        assert wait_for(is_back, RECOVERY_SECONDS, 0.2), f"{list(before)} did not come back"

    def pids(self, *parts: str) -> dict[str, int]:
        return {part: self._pid_to_kill(part) for part in parts}

    def inventory(self) -> set[str]:
        """What of ours is in the engine and on the machine, but for processes and sessions that wait.

        Where a session's key stands, its container's name is put in the place: its learner's next session has
        another key. An entrance counts only without a session: one that waited has it, one made for its
        learner has not.
        """
        counted = HostInventory(self.engine, self.course.settings).count()
        waiting = {key_of(one) for one in self.waiting.list_all()}
        filters = label_filters(self.course.settings.instance, Role.SESSION)
        names = {one["Labels"][SESSION]: one["Names"][0] for one in self.engine.containers(filters=filters)}
        items = {item for item in counted if not item.startswith("process ")}
        own = {*waiting, *(f"{ENTRANCES}/{key}" for key in names)}
        return {_put_in(item, names) for item in items if not any(one in item for one in own)}

    @property
    def waiting(self) -> WaitingSessions:
        """The course's warm pool."""
        return WaitingSessions(self.engine, self.course.settings.instance)

    def left(self, before: set[str]) -> list[str]:
        """What is there and was not before, once it has had the time to go."""
        left: set[str] = set()

        def is_clear() -> bool:
            left.clear()
            left.update(self.inventory() - before)
            return not left

        wait_for(is_clear, SETTLE_SECONDS, 0.5)
        return sorted(left)

    def sandboxes(self) -> list[dict[str, Any]]:
        filters = label_filters(self.course.settings.instance, Role.SANDBOX)
        found: list[dict[str, Any]] = self.engine.containers(all=True, filters=filters)
        return found

    def _pid_to_kill(self, part: str) -> int:
        if part == "engine":
            return int(self.own_engine.process.pid_file.read_text())
        return self.pid_of(part)


def _put_in(item: str, names: dict[str, str]) -> str:
    for key, name in names.items():
        item = item.replace(key, name)
    return item
