"""A learner at work: files, an inner container, and what must be as it was after a fault."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import docker
import requests

from hub_config.settings import Settings
from operator_cli.waiting import wait_for
from spawner.labels import session_name
from tests.hub_visitor import HubVisitor

SETTLE_SECONDS = 90
INNER_CONTAINER = ("docker", "run", "--detach", "python:3.13-slim", "sleep", "3600")
_WRITER = """
import os
number = 0
with open("/workspace/numbers.txt", "w") as file:
    while True:
        number += 1
        file.write(f"{number}\\n")
        file.flush()
        os.fsync(file.fileno())
        print(number, flush=True)
"""


@dataclass
class Learner:
    """Somebody with a session, signed in."""

    visitor: HubVisitor
    engine: docker.APIClient
    settings: Settings
    written: dict[str, bytes] = field(default_factory=dict)
    """What was saved, by path."""

    @property
    def container(self) -> str:
        """The name of the session's container."""
        return session_name(self.settings.instance, self.visitor.name)

    def open_lab(self) -> None:
        """Copies the lab's files, as JupyterLab's first page does."""
        answer = self.visitor.ask_server("GET", "containrlab/open/lab1")
        answer.raise_for_status()

    def save(self, path: str, content: bytes | None = None) -> None:
        """Save a file as JupyterLab does; without `content` something that is never the same."""
        self.written[path] = content or secrets.token_hex(2000).encode()
        body = {"type": "file", "format": "base64", "content": base64.b64encode(self.written[path]).decode()}
        self.visitor.ask_server("PUT", f"api/contents/{path}", json=body).raise_for_status()

    def lost(self) -> list[str]:
        """Which of the saved files are not byte for byte what they were."""
        return [path for path, content in self.written.items() if self.read(path) != content]

    def run(self, *command: str) -> str:
        """What a command prints that the learner runs in a terminal."""
        call = self.engine.exec_create(self.container, list(command), user="1000")
        output: bytes = self.engine.exec_start(call["Id"])
        exit_code = self.engine.exec_inspect(call["Id"])["ExitCode"]
        assert exit_code == 0, f"{command} ended with {exit_code}: {output!r}"
        return output.decode().strip()

    def ensure_inner_container(self) -> str:
        """The id of the one container that runs in the session."""
        self.run("wait-for-engine", "30")
        return next(iter(self.inner_containers()), "") or self.run(*INNER_CONTAINER)

    def inner_containers(self, *options: str) -> list[str]:
        """Ids of those that run; with ``--all`` of all."""
        return self.run("docker", "ps", "--quiet", "--no-trunc", *options).split()

    def identity(self) -> tuple[Any, ...]:
        """The session's container, when it was started, and when its time is over."""
        found = self.engine.inspect_container(self.container)
        clock = self.visitor.ask_server("GET", "containrlab/api/session").json()
        return found["Id"], found["State"]["StartedAt"], clock["started_at"], clock["expires_at"]

    def come_back(self) -> None:
        """Press Start on the hub's page, or go to the server that is there. Raises where that fails."""
        assert wait_for(self._is_settled, SETTLE_SECONDS), "the hub does not get done with the session"
        if self.is_noticed_gone():
            self.visitor.start_server()
        else:
            self.visitor.enter()

    def is_noticed_gone(self) -> bool:
        """Whether the hub has seen that the session is gone."""
        try:
            return "" not in self.visitor.ask("GET", f"users/{self.visitor.name}").json()["servers"]
        except (requests.RequestException, KeyError):
            return False

    def _is_settled(self) -> bool:
        """Whether the hub neither starts nor stops nor looks for the session."""
        server = self.visitor.ask("GET", f"users/{self.visitor.name}").json()["servers"].get("")
        return server is None or (server["ready"] and not server["pending"])

    @contextmanager
    def writing(self) -> Iterator[list[int]]:
        """While the block runs, a program writes numbers in turn; yields those that were synced."""
        synced: list[int] = []
        call = self.engine.exec_create(self.container, ["python3", "-c", _WRITER], user="1000")
        stream = self.engine.exec_start(call["Id"], stream=True)

        def follow() -> None:
            text = b""
            for chunk in stream:
                text += chunk
                *whole, text = text.split(b"\n")
                synced.extend(int(number) for number in whole)

        reader = threading.Thread(target=follow, daemon=True)
        reader.start()
        assert wait_for(lambda: len(synced) > 50, 20)
        yield synced
        reader.join(20)

    def read(self, path: str) -> bytes | None:
        """What is in a file now; None where it is gone."""
        answer = self.visitor.ask_server("GET", f"api/contents/{path}", params={"format": "base64"})
        return base64.b64decode(answer.json()["content"]) if answer.ok else None
