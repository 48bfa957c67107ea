"""A hub with fewer places than learners, whose sessions are processes."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
from rich.console import Console

from hub_config.settings import Settings
from operator_cli.hub_process import end_leftovers, running_hub
from operator_cli.progress import Progress
from operator_cli.waiting import wait_for

from .running_hub import HOST, Hub

CONFIG_FILE = Path(__file__).parent / "config_with_places.py"
SECONDS = 20
SESSION_LENGTH, EXTENSION = timedelta(seconds=12), timedelta(seconds=3)
"""Of a hub whose sessions end within a test."""
LATEST = timedelta(seconds=5 + 5)
"""How long after its deadline a session may last: the interval of the service's looks, and time to stop."""


class SmallCourse:
    """A hub with few places, which can be killed and started again."""

    def __init__(self, environment: dict[str, str], stack: ExitStack) -> None:
        self.environment = environment
        self.stack = stack
        self.tokens: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        settings, printed = Settings.from_environment(self.environment), io.StringIO()
        progress = Progress(Console(file=printed))
        end_leftovers(settings, progress)  # as `up` does: a killed hub's service would keep the port
        run = running_hub(settings, self.environment, progress, CONFIG_FILE)
        pid = int(self.stack.enter_context(run).process.pid_file.read_text())
        self.hub = Hub(settings, psutil.Process(pid), printed)

    def kill(self) -> None:
        self.hub.process.kill()
        assert wait_for(lambda: not self.hub.process.is_running() or self.hub.process.status() == "zombie", 5)

    def ask(self, method: str, name: str, path: str = "") -> httpx.Response:
        if name not in self.tokens:
            self.tokens[name] = self.hub.token(name)
        address = f"/hub/api/users/{name}{path}"
        return self.hub.visitor().ask(method, address, token=self.tokens[name], json={})

    def want(self, *names: str) -> None:
        """Each asks for a session, in this order."""
        for name in names:
            assert self.ask("POST", name, "/server").status_code in (201, 202)

    def give_up(self, name: str) -> None:
        assert self.ask("DELETE", name, "/server").status_code in (202, 204)
        assert wait_for(lambda: not self.ask("GET", name).json()["servers"], SECONDS)

    def running(self, *names: str) -> set[str]:
        """Those of them whose session is there."""
        return {name for name in names if self.ask("GET", name).json()["servers"].get("", {}).get("ready")}

    def ask_for_session(self, name: str) -> httpx.Response:
        """As the learner; from then on the course service knows the session."""
        address = "/services/course/api/session"
        return self.hub.visitor().ask("GET", address, token=self.tokens[name])

    def ended_as(self, name: str) -> str | None:
        """Why the learner's last session ended; None as long as that is not written down."""
        with closing(sqlite3.connect(self.hub.settings.state_dir / "course.sqlite")) as database:
            sessions = "SELECT end_reason, ended_at FROM sessions JOIN users ON id = user_id WHERE login = ?"
            found = database.execute(f"{sessions} ORDER BY sessions.created_at DESC", (name,)).fetchone()
        return found[0] if found and found[1] else None

    def told(self, name: str, is_it: Callable[[dict[str, object]], object]) -> dict[str, object]:
        """The first event of this kind that the learner's page is sent."""
        url = f"http://127.0.0.1:{self.hub.settings.port}/hub/api/users/{name}/server/progress"
        headers = {
            "Host": f"{HOST}:{self.hub.settings.port}",
            "Authorization": f"token {self.tokens[name]}",
        }
        with httpx.stream("GET", url, headers=headers, timeout=SECONDS, trust_env=False) as answer:
            for line in answer.iter_lines():
                event = json.loads(line.removeprefix("data: ")) if line else {}
                if is_it(event):
                    return event
        raise AssertionError(f"{name} was never told")

    def place_of(self, name: str) -> str:
        """As the page has it: '1st' …"""
        sentence = str(self.told(name, lambda event: event.get("waits"))["message"])
        assert "minute" in sentence
        return sentence.split()[2]
