"""A real hub, and how a test asks it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import psutil
from jupyterhub.utils import subdomain_hook_idna

from hub_config.settings import Settings
from operator_cli.waiting import wait_for

from .visitor import Visitor

HOST = "hub.localhost"
COURSE_HOST = str(subdomain_hook_idna("course", HOST, "service"))
CANARY = "canary-4f1d"
"""Part of every secret that the hub is given."""


@dataclass
class Hub:
    """The running hub, and what a test asks about it."""

    settings: Settings
    process: psutil.Process
    printed: io.StringIO
    """What the operator was told at its start."""

    def visitor(self, name: str | None = None) -> Visitor:
        """A new browser, signed in where a name is given."""
        visitor = Visitor(self.settings.port, HOST)
        if name:
            visitor.sign_in(name)
        return visitor

    def token(self, name: str) -> str:
        """A token with all that this user may do."""
        return self.visitor(name).make_token(name)

    def start_session(
        self, name: str, options: dict[str, object] | None = None, token: str = ""
    ) -> dict[str, str]:
        """Start the learner's session; returns the environment that it was given."""
        token = token or self.token(name)
        visitor = self.visitor()
        visitor.ask("POST", f"/hub/api/users/{name}/server", token=token, json=options or {})
        host = learner_host(name)
        path = f"/user/{name}/"
        assert wait_for(lambda: visitor.ask("GET", path, host=host).status_code == 200, 20)
        environment: dict[str, str] = visitor.ask("GET", path, host=host).json()
        return environment

    def processes(self) -> list[psutil.Process]:
        """The hub's, and those of all that it has started."""
        return [self.process, *self.process.children(recursive=True)]

    def stop_session(self, name: str, token: str = "") -> None:
        visitor, token = self.visitor(), token or self.token(name)
        visitor.ask("DELETE", f"/hub/api/users/{name}/server", token=token)

        def is_gone() -> bool:
            return not visitor.ask("GET", f"/hub/api/users/{name}", token=token).json()["servers"]

        assert wait_for(is_gone, 20)


def learner_host(name: str) -> str:
    return str(subdomain_hook_idna(name, HOST, "user"))
