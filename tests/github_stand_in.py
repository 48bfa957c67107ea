"""A small GitHub over real HTTP: what a sign-in by OAuth asks of it, and how it can fail.

It answers as GitHub Enterprise Server does, under one address. Sources of what it answers:
https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps (and, beside it,
troubleshooting-oauth-app-access-token-request-errors), and of REST https://docs.github.com/en/rest/users/users,
https://docs.github.com/en/rest/orgs/members and https://docs.github.com/en/rest/teams/members.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT_ID = "Iv1.stand-in"
API = "/api/v3"
AUTHORIZE = "/login/oauth/authorize"
TOKEN = "/login/oauth/access_token"
HANG_UP = 0
"""In `GitHubStandIn.failing`: no answer, the connection just ends."""
SILENT = -1
"""No answer while the stand-in is there."""


@dataclass
class Person:
    """Somebody with an account on GitHub; the id alone is theirs for ever."""

    id: int
    login: str

    def to_json(self) -> dict[str, object]:
        return {"id": self.id, "login": self.login, "avatar_url": f"/avatars/{self.id}", "email": None}


@dataclass
class _Grant:
    """What a person has granted: first a code, used once, then a token."""

    person: Person
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str | None


@dataclass
class GitHubStandIn:
    """People, organisations and teams, by numeric id; who is signed in there; what fails."""

    client_secret: str
    token_prefix: str = "gho_"
    people: dict[str, Person] = field(default_factory=dict)
    """By a name that the test knows them by, whatever their login is."""
    members: dict[str, set[int]] = field(default_factory=dict)
    """Of ``org`` and of ``org:team``."""
    not_approved: set[str] = field(default_factory=set)
    """Organisations that have not approved the app."""
    signed_in: Person | None = None
    """Who is signed in at GitHub in the browser that comes."""
    failing: dict[str, int] = field(default_factory=dict)
    """The status that each path beginning so gets instead of its answer."""

    def __post_init__(self) -> None:
        self._codes: dict[str, _Grant] = {}
        self._tokens: dict[str, _Grant] = {}
        self._ended = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_person(self, name: str, number: int, *member_of: str, login: str | None = None) -> Person:
        person = self.people[name] = Person(number, login or name)
        for group in member_of:
            self.members.setdefault(group, set()).add(number)
        return person

    def wait_for_end(self) -> None:
        self._ended.wait(60)

    def grant(self, form: dict[str, str]) -> str:
        """A code for who has pressed Authorize."""
        assert self.signed_in is not None
        code = f"{self.token_prefix}code-{secrets.token_hex(8)}"
        scopes = frozenset(form.get("scope", "").split())
        self._codes[code] = _Grant(
            self.signed_in, scopes, form["redirect_uri"], form.get("code_challenge") or None
        )
        return code

    def exchange(self, form: dict[str, str]) -> dict[str, str]:
        """A token for a code, or GitHub's error; both come with status 200."""
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, self.client_secret):
            words = "The client_id and/or client_secret passed are incorrect."
            return {"error": "incorrect_client_credentials", "error_description": words}
        grant = self._codes.pop(form.get("code", ""), None)
        if grant is None or not _is_proven(grant, form.get("code_verifier", "")):
            words = "The code passed is incorrect or expired."
            return {"error": "bad_verification_code", "error_description": words}
        if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            words = "The redirect_uri MUST match the registered callback URL for this application."
            return {"error": "redirect_uri_mismatch", "error_description": words}
        token = f"{self.token_prefix}{secrets.token_hex(16)}"
        self._tokens[token] = grant
        return {"access_token": token, "token_type": "bearer", "scope": ",".join(sorted(grant.scopes))}

    def answer_api(self, path: str, authorization: str) -> tuple[int, dict[str, object] | str | None]:
        """Status, and a JSON body or the address of a redirect."""
        grant = self._tokens.get(authorization.partition(" ")[2])
        if grant is None:
            return 401, {"message": "Bad credentials"}
        match path.strip("/").split("/"):
            case ["user"]:
                return 200, grant.person.to_json()
            case ["orgs", org, "members", login]:
                return self._answer_member(grant, org, login)
            case ["orgs", org, "teams", team, "members", login] if "read:org" in grant.scopes:
                return self._answer_team(grant, org, team, login)
        return 404, {"message": "Not Found"}

    def _answer_member(
        self, grant: _Grant, org: str, login: str
    ) -> tuple[int, dict[str, object] | str | None]:
        if org in self.not_approved:
            return 403, {"message": f"`{org}` has enabled OAuth App access restrictions."}
        if "read:org" not in grant.scopes or grant.person.id not in self.members.get(org, ()):
            return 302, f"{API}/orgs/{org}/public_members/{login}"  # and nobody here is one publicly
        return (204, None) if self._is_in(org, login) else (404, {"message": "Not Found"})

    def _answer_team(
        self, grant: _Grant, org: str, team: str, login: str
    ) -> tuple[int, dict[str, object] | str | None]:
        if org in self.not_approved:
            return 403, {"message": f"`{org}` has enabled OAuth App access restrictions."}
        # Who is not in the organisation is not even told that the team is there.
        is_told = grant.person.id in self.members.get(org, ())
        is_in = is_told and self._is_in(f"{org}:{team}", login)
        return (204, None) if is_in else (404, {"message": "Not Found"})

    def _is_in(self, group: str, login: str) -> bool:
        found = [one for one in self.people.values() if one.login.lower() == login.lower()]
        return any(person.id in self.members.get(group, ()) for person in found)


def _is_proven(grant: _Grant, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    return grant.challenge in (None, base64.urlsafe_b64encode(digest).decode().rstrip("="))


class _Server(ThreadingHTTPServer):
    def __init__(self, github: GitHubStandIn) -> None:
        self.github = github
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if self._fails(address.path):
            return
        if address.path == AUTHORIZE:
            self._show_authorize(dict(parse_qsl(address.query)))
        elif address.path.startswith(f"{API}/") and "User-Agent" in self.headers:
            path, authorization = address.path.removeprefix(API), self.headers.get("Authorization", "")
            status, answer = self.server.github.answer_api(path, authorization)
            if isinstance(answer, str):
                self._send(status, "", location=answer)
            else:
                self._send(status, json.dumps(answer) if answer else "", "application/json")
        else:
            self._send(403, "Request forbidden by administrative rules.")

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self._fails(address.path):
            return
        form = dict(parse_qsl(body))
        if address.path == TOKEN:
            answer = self.server.github.exchange(form)
            is_json = "application/json" in self.headers.get("Accept", "")
            kind = "application/json" if is_json else "application/x-www-form-urlencoded"
            self._send(200, json.dumps(answer) if is_json else urlencode(answer), kind)
        elif address.path == AUTHORIZE:
            self._go_back(form)
        else:
            self._send(404, "")

    def _show_authorize(self, query: dict[str, str]) -> None:
        person = self.server.github.signed_in
        if query.get("client_id") != CLIENT_ID or person is None:
            self._send(404, "Not found")
            return
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in query.items()
        )
        self._send(
            200,
            f"<title>Authorize the course</title><p>Signed in as {escape(person.login)}</p>"
            f'<form method="post">{hidden}<button name="cancel" value="yes">Cancel</button>'
            "<button>Authorize the course</button></form>",
            "text/html; charset=utf-8",
        )

    def _go_back(self, form: dict[str, str]) -> None:
        answer = {"state": form["state"]}
        if "cancel" in form:
            answer.update(error="access_denied", error_description="The user has denied your access.")
        else:
            answer["code"] = self.server.github.grant(form)
        self._send(302, "", location=f"{form['redirect_uri']}?{urlencode(answer)}")

    def _fails(self, path: str) -> bool:
        failing = self.server.github.failing
        status = next((one for start, one in failing.items() if path.startswith(start)), None)
        if status is None:
            return False
        if status == SILENT:
            self.server.github.wait_for_end()
        if status in (SILENT, HANG_UP):
            self.close_connection = True
        else:
            self._send(status, json.dumps({"message": "Server Error"}), "application/json")
        return True

    def _send(self, status: int, body: str, kind: str = "text/plain", location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: the hub's log is what a test reads."""
