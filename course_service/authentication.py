"""Who asks: what the hub says of the request's token, and nothing that the request says of itself.

The API takes bearer tokens alone: it reads no cookies, so that no page of a learner's can act there for who
visits it. Our own pages are signed in by the hub's OAuth, with a cookie (`pages/`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jupyterhub.services.auth import HubOAuth
from tornado.web import HTTPError

from hub_config.settings import Settings

from .errors import HubUnavailable, NotAllowed
from .github_identity import GitHubIdentity, read_identity

ACCESS_SCOPES = {"access:services", "access:services!service=course"}
STAFF_SCOPE = "custom:course:staff"
"""The hub gives it to the group ``course-staff`` (``hub_config/roles.py``)."""

CACHE_SECONDS = 30
"""How long a stopped session's token goes on being taken."""

_BEARER = re.compile(r"(?:token|bearer) +(\S+) *", re.IGNORECASE)
_SERVER_SCOPE = "access:servers!server="


@dataclass(frozen=True)
class Caller:
    """A learner, and the one server that the token belongs to; None for a token of no server.

    Or a service of the hub, whose name here is ``service/NAME``: no learner's name has a slash in it.
    """

    name: str
    server: str | None
    github: GitHubIdentity | None = None
    is_staff: bool = False
    """True where the token has the scope of course staff; a session's own token never has."""
    is_service: bool = False

    def require_learner(self) -> None:
        """Raises `NotAllowed` for a service, which has no labs and no session."""
        if self.is_service:
            raise NotAllowed("This token does not open the course service.")

    def require_staff(self) -> None:
        """Raises `NotAllowed` for who is not of the course staff."""
        if not self.is_staff:
            raise NotAllowed("This is for course staff.")

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "server": self.server}


def make_hub_auth(environment: Mapping[str, str], settings: Settings) -> HubOAuth:
    """The hub's door, from what the hub sets for a service that it manages.

    What is not named here, such as the hub's public host, it reads from the process's environment itself.
    """
    return HubOAuth(
        api_url=environment["JUPYTERHUB_API_URL"],
        api_token=environment["JUPYTERHUB_API_TOKEN"],
        base_url=environment["JUPYTERHUB_SERVICE_PREFIX"],
        oauth_client_id=environment["JUPYTERHUB_CLIENT_ID"],
        cookie_host_prefix_enabled=settings.is_https,  # as the hub's: it tells services nothing of it
        cache_max_age=CACHE_SECONDS,
    )


async def identify(hub_auth: HubOAuth, authorization: str) -> Caller:
    """Who sent this ``Authorization`` header. Raises `NotAllowed` and `HubUnavailable`."""
    bearer = _BEARER.fullmatch(authorization)
    if bearer is None:
        raise NotAllowed("This needs a token of the hub, in a header `Authorization: token …`.")
    try:
        model = await hub_auth.user_for_token(bearer[1], sync=False)
    except HTTPError as error:
        raise HubUnavailable("The hub does not answer who you are. Please try again in a moment.") from error
    if model is None:
        raise NotAllowed("The hub does not know this token. Start your session anew.")
    return read_caller(hub_auth, model)


def read_caller(hub_auth: HubOAuth, model: Mapping[str, Any]) -> Caller:
    """Whom the hub describes so. Raises `NotAllowed` for who may not open the course service."""
    if not hub_auth.check_scopes(ACCESS_SCOPES, model):
        raise NotAllowed("This token does not open the course service.")
    if model["kind"] == "service":
        return Caller(
            name=f"service/{model['name']}",
            server=None,
            is_staff=STAFF_SCOPE in model["scopes"],
            is_service=True,
        )
    return Caller(
        name=model["name"],
        server=find_server(model["name"], model["scopes"]),
        github=read_identity(model.get("user_info")),
        is_staff=STAFF_SCOPE in model["scopes"],
    )


def find_server(name: str, scopes: list[str]) -> str | None:
    """The one server of the learner that a token with these scopes belongs to; "" is the default one."""
    own = f"{_SERVER_SCOPE}{name}/"
    servers = [scope.removeprefix(own) for scope in scopes if scope.startswith(own)]
    return servers[0] if len(servers) == 1 else None
