"""Somebody who uses the hub over HTTP as a browser would, but quicker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from operator_cli.waiting import wait_for

START_SECONDS = 90
STOP_SECONDS = 30
REQUEST_SECONDS = 20


@dataclass
class HubVisitor:
    """A visitor with cookies; signed in after `sign_in`."""

    url: str
    name: str
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def server_url(self) -> str:
        """Where their own server is."""
        return f"{self.url}/user/{quote(self.name)}"

    def sign_in(self, password: str) -> None:
        """Fill in the hub's form. Raises `AssertionError` where the hub does not let them in."""
        page = self.session.get(f"{self.url}/hub/login", timeout=REQUEST_SECONDS)
        fields = {"username": self.name, "password": password, "_xsrf": self._xsrf()}
        answer = self.session.post(page.url, data=fields, timeout=REQUEST_SECONDS, allow_redirects=False)
        assert answer.status_code == 302, f"{self.name} was not let in: {answer.status_code}"
        self.session.get(f"{self.url}/hub/home", timeout=REQUEST_SECONDS)

    def ask(self, method: str, path: str, **arguments: object) -> requests.Response:
        """Ask the hub's API as the page does."""
        headers = {"X-XSRFToken": self._xsrf(), "Referer": f"{self.url}/hub/home"}
        address = f"{self.url}/hub/api/{path}"
        return self.session.request(method, address, headers=headers, timeout=REQUEST_SECONDS, **arguments)

    def start_server(self) -> None:
        """Returns when it answers them: it has asked the hub who they are."""
        answer = self.ask("POST", f"users/{quote(self.name)}/server")
        assert answer.status_code in (201, 202), answer.text
        assert wait_for(self._has_server, START_SECONDS), f"{self.name}'s server did not start"
        self.enter()

    def enter(self) -> None:
        """Go to their server, which asks the hub who they are; a server that was started anew asks again."""
        self.session.get(f"{self.server_url}/lab", timeout=REQUEST_SECONDS).raise_for_status()
        assert self.is_answered()

    def stop_server(self) -> None:
        """Returns when the hub says that it is gone."""
        answer = self.ask("DELETE", f"users/{quote(self.name)}/server")
        assert answer.status_code in (202, 204), answer.text
        assert wait_for(lambda: not self._servers(), STOP_SECONDS), f"{self.name}'s server did not stop"

    def is_answered(self) -> bool:
        """Whether their server answers them."""
        try:
            answer = self.session.get(f"{self.server_url}/api/status", timeout=REQUEST_SECONDS)
        except requests.RequestException:
            return False
        return answer.status_code == 200

    def server(self) -> dict[str, Any]:
        """What the hub says of their server. Raises `KeyError` where there is none."""
        return self._servers()[""]

    def check(self, lab: str, seconds: float) -> dict[str, Any]:
        """Press Check, and wait for the verdict."""
        return self.wait_for_verdict(self.press_check(lab), seconds)

    def press_check(self, lab: str) -> int:
        """Press Check; the attempt's number."""
        asked = self.ask_server("POST", f"containrlab/api/judge/{lab}")
        assert asked.status_code == 202, asked.text
        number: int = asked.json()["attempt_id"]
        return number

    def wait_for_verdict(self, attempt: int, seconds: float) -> dict[str, Any]:
        """The verdict on this attempt."""
        seen: dict[str, Any] = {}

        def is_judged() -> bool:
            seen.update(self.ask_server("GET", f"containrlab/api/attempts/{attempt}").json())
            return seen.get("result") is not None

        assert wait_for(is_judged, seconds, poll_seconds=0.5), f"no verdict in {seconds} s"
        result: dict[str, Any] = seen["result"]
        return result

    def ask_server(self, method: str, path: str, **arguments: object) -> requests.Response:
        """Ask their own server as its page does."""
        headers = {"X-XSRFToken": self._xsrf(f"/user/{quote(self.name)}/")}
        address = f"{self.server_url}/{path}"
        return self.session.request(method, address, headers=headers, timeout=REQUEST_SECONDS, **arguments)

    def _has_server(self) -> bool:
        return any(server["ready"] for server in self._servers().values())

    def _servers(self) -> dict[str, dict[str, Any]]:
        servers: dict[str, dict[str, Any]] = self.ask("GET", f"users/{quote(self.name)}").json()["servers"]
        return servers

    def _xsrf(self, path: str = "/hub/") -> str:
        """The newest token for pages under `path`: the hub gives one before the login and one after it."""
        found = [one.value for one in self.session.cookies if one.name == "_xsrf" and one.path == path]
        return found[-1] or "" if found else ""
