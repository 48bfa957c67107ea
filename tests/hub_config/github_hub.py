"""A real hub whose learners come by the stand-in for GitHub, and how a test signs in there."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

import httpx

from tests.github_stand_in import GitHubStandIn, Person

from .running_hub import COURSE_HOST, Hub
from .visitor import Visitor


@dataclass
class GitHubHub:
    """The running hub, its GitHub, and the ways from one to the other."""

    hub: Hub
    github: GitHubStandIn

    def sign_in(self, person: Person) -> Visitor:
        """A new browser in which the person has signed in. Raises `AssertionError` where they may not."""
        visitor = self.hub.visitor()
        response = self.come_back(visitor, self.authorize(visitor, person))
        assert response.status_code == 302, read_message(response)
        visitor.ask("GET", "/hub/home")  # its forms have the signed-in visitor's hidden field
        return visitor

    def try_to_sign_in(self, person: Person) -> httpx.Response:
        """What the hub answers in the end."""
        visitor = self.hub.visitor()
        return self.come_back(visitor, self.authorize(visitor, person))

    def authorize(self, visitor: Visitor, person: Person, answer: str = "") -> str:
        """From the hub to GitHub, and a press of Authorize or of `answer`; where GitHub sends the browser."""
        to_github = visitor.ask("GET", "/hub/oauth_login").headers["Location"]
        self.github.signed_in = person
        with httpx.Client(trust_env=False) as browser:
            page = browser.get(to_github).raise_for_status()
            fields = re.findall(r'name="(\w+)" value="([^"]*)">', page.text)
            form = {name: unescape(value) for name, value in fields if name != "cancel"}
            back = browser.post(to_github, data={**form, **({answer: "yes"} if answer else {})})
        return back.headers["Location"]

    def come_back(self, visitor: Visitor, url: str) -> httpx.Response:
        """Follow GitHub's redirect to the hub."""
        address = urlsplit(url)
        assert f"{address.scheme}://{address.netloc}" == self.hub.settings.public_url
        return visitor.ask("GET", f"{address.path}?{address.query}")

    def account(self, visitor: Visitor) -> dict[str, object]:
        """What the hub's API says of who has signed in there."""
        name = re.search(r'user: "([^"]+)"', visitor.ask("GET", "/hub/home").text)
        assert name is not None, "not signed in"
        token = visitor.make_token(name[1])
        answer: dict[str, object] = self.hub.visitor().ask("GET", "/hub/api/user", token=token).json()
        return answer

    def tell_course(self, name: str, token: str) -> dict[str, str]:
        """Let a session of `name` ask the course service who it is; the environment that it was given."""
        environment = self.hub.start_session(name, token=token)
        try:
            response = self.hub.visitor().ask(
                "GET", "/services/course/api/me", host=COURSE_HOST, token=environment["JUPYTERHUB_API_TOKEN"]
            )
            assert response.status_code == 200, response.text
        finally:
            self.hub.stop_session(name, token=token)
        return environment

    def course_users(self) -> dict[str, tuple[int, str]]:
        """Id and picture on GitHub by the hub's name, in the course's database."""
        with closing(sqlite3.connect(self.hub.settings.state_dir / "course.sqlite")) as database:
            rows = database.execute("SELECT login, github_id, avatar_url FROM users").fetchall()
        return {login: (github_id, avatar_url) for login, github_id, avatar_url in rows}

    @property
    def log(self) -> str:
        """All that the hub and its services have logged."""
        return (self.hub.settings.state_dir / "hub.log").read_text(encoding="utf-8")


def read_message(response: httpx.Response) -> str:
    """The words of a page of the hub's."""
    return " ".join(
        unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.text, flags=re.S)).split()
    )
