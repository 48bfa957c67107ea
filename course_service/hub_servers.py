"""Which learners' servers the hub runs, and how one is ended: the service's door to the hub's API.

The service's role at the hub (``hub_config/roles.py``) has the scopes for exactly these requests.
https://jupyterhub.readthedocs.io/en/stable/reference/rest-api.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from .errors import HubUnavailable

ANSWER_SECONDS = 20.0
"""The hub itself waits 10 s for a stop before it answers that it goes on."""

PAGE = 200
"""How many users the hub lists at most in one answer."""

_PAGINATED = "application/jupyterhub-pagination+json"


@dataclass(frozen=True)
class RunningServer:
    """A learner's server; what is still starting is none yet."""

    user: str
    started_at: datetime
    """When the hub began to start it: of two servers of one learner, never the same."""
    is_busy: bool
    """True while the hub stops it, or looks whether it is still there."""


class ServerEnd(StrEnum):
    """How a server ended, as its spawner tells (``spawner/session_end.py``)."""

    STOPPED = "stopped"
    """Somebody told the hub to stop it."""
    CRASHED = "crashed"
    """It was no more when the hub looked."""
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"
    """The hub is about to end it, and will know."""


@dataclass(frozen=True)
class WaitingLearner:
    """Who waits in the hub's line for a place, and holds none yet (``spawner/queued_start.py``)."""

    user: str
    place: int
    """1 for who is next."""
    expected_seconds: float


@dataclass(frozen=True)
class StartingServer:
    """A learner's server that is on its way; with `wait`, its learner first waits for a place."""

    wait: WaitingLearner | None


class HubServers:
    """Every method raises `HubUnavailable` where the hub does not answer, or not as it should."""

    def __init__(self, api_url: str, api_token: str) -> None:
        self._api_url = api_url
        self._headers = {"Authorization": f"token {api_token}", "Accept": _PAGINATED}

    async def list_running(self) -> list[RunningServer]:
        """Every learner's server that runs now."""
        return [server for user in await self._list_active() if (server := _read_server(user))]

    async def list_waiting(self) -> list[WaitingLearner]:
        """The hub's line, the next one first."""
        waiting = [wait for user in await self._list_active() if (wait := _read_wait(user))]
        return sorted(waiting, key=lambda one: one.place)

    async def list_owners(self) -> set[str]:
        """Learners whose server runs, or may: it starts, waits for its place, or is being looked at.

        Who leaves while the hub is asked page by page may make it skip another; `has_server` skips nobody.
        """
        return {user["name"] for user in await self._list_active()}

    async def has_server(self, user: str) -> bool:
        """Whether the hub has a server of this learner, in whatever state: it is stopping, too."""
        found = await self._find_user(user)
        if found is None:
            return False
        if "servers" not in found:
            raise HubUnavailable("The hub does not tell which servers it has.")
        return bool(found["servers"])

    async def find_running(self, user: str) -> RunningServer | None:
        """The learner's server; None where none runs."""
        model = await self._find_user(user)
        return _read_server(model) if model is not None else None

    async def find_end(self, user: str) -> ServerEnd:
        """How the learner's last server ended, where none has been started since."""
        model = await self._find_user(user, "?include_stopped_servers=1")
        return _read_end(model) if model is not None else ServerEnd.UNKNOWN

    async def find_starting(self, user: str) -> StartingServer | None:
        """The learner's server that is on its way; None where none is."""
        model = await self._find_user(user) or {}
        server = model.get("servers", {}).get("") or {}
        return StartingServer(_read_wait(model)) if server.get("pending") == "spawn" else None

    async def is_known(self, user: str) -> bool:
        """Whether the hub has a user of this name."""
        return await self._find_user(user) is not None

    async def stop(self, user: str) -> None:
        """Have the hub stop the learner's server; it may go on with it after its answer."""
        await self._ask("DELETE", f"{_path(user)}/server")

    async def _find_user(self, user: str, query: str = "") -> dict[str, Any] | None:
        """What the hub says of the user; None where it has none of that name."""
        try:
            return await self._get(_path(user) + query)
        except _UserUnknown:
            return None

    async def _list_active(self) -> list[dict[str, Any]]:
        """Users with a server that runs, starts, stops or waits."""
        users: list[dict[str, Any]] = []
        while True:
            answer = await self._get(f"users?state=active&limit={PAGE}&offset={len(users)}")
            users += answer["items"]
            if not answer["items"] or answer["_pagination"]["next"] is None:
                return users

    async def _get(self, path: str) -> dict[str, Any]:
        response = await self._ask("GET", path)
        try:
            answer: dict[str, Any] = json.loads(response.body)
        except ValueError as error:
            raise HubUnavailable("The hub gave no answer that can be read.") from error
        return answer

    async def _ask(self, method: str, path: str) -> HTTPResponse:
        request = HTTPRequest(
            f"{self._api_url}/{path}", method, headers=self._headers, request_timeout=ANSWER_SECONDS
        )
        try:
            return await AsyncHTTPClient().fetch(request)
        except HTTPClientError as error:
            if error.code == 404:
                raise _UserUnknown("The hub does not know this learner.") from error
            raise HubUnavailable(f"The hub answered {error.code}. Please try again in a moment.") from error
        except OSError as error:
            raise HubUnavailable("The hub does not answer. Please try again in a moment.") from error


class _UserUnknown(HubUnavailable):
    """The hub has no such user (any more)."""


def _path(user: str) -> str:
    return f"users/{quote(user, safe='')}"


def _read_server(user: dict[str, Any]) -> RunningServer | None:
    server = user.get("servers", {}).get("")
    # A start may still carry the start time of the server before it.
    if not server or not server["started"] or server["pending"] == "spawn":
        return None
    return RunningServer(
        user=user["name"],
        started_at=datetime.fromisoformat(server["started"]),
        is_busy=server["pending"] is not None,
    )


def _read_wait(user: dict[str, Any]) -> WaitingLearner | None:
    server = user.get("servers", {}).get("") or {}
    wait = (server.get("state") or {}).get("waits")
    if wait is None or server["pending"] != "spawn":
        return None
    return WaitingLearner(user["name"], place=wait["place"], expected_seconds=wait["seconds"])


def _read_end(user: dict[str, Any]) -> ServerEnd:
    server = user.get("servers", {}).get("")
    if not server:
        return ServerEnd.UNKNOWN
    if server["pending"] in ("stop", "check"):
        return ServerEnd.NOT_YET
    end = (server.get("state") or {}).get("end")
    return ServerEnd(end) if server["stopped"] and end else ServerEnd.UNKNOWN
