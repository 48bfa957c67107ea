"""What every page shares: a visitor whom the hub has signed in, a frame like the hub's own, errors as pages.

A page is never opened by a token in a header or an address: who visits it has a cookie of this service, from
the hub's OAuth (https://jupyterhub.readthedocs.io/en/stable/reference/services.html). What changes something
is a form with the hub's XSRF token; `HubOAuth` takes no cookie for a request that lacks it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jupyterhub.services.auth import HubOAuthenticated
from tornado import web

from course_service.authentication import Caller, read_caller
from course_service.errors import HubUnavailable, NotAllowed
from course_service.requests import CourseHandler, CourseServices

TEMPLATES = Path(__file__).parent / "templates"
AVATARS = "https://avatars.githubusercontent.com"

_templates = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class PageHandler(HubOAuthenticated, CourseHandler):
    """For a visitor with a browser, whoever they are."""

    caller: Caller | None = None
    """Set once the hub has said who it is."""

    def initialize(self, services: CourseServices) -> None:
        super().initialize(services)
        self.hub_auth = services.hub_auth

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_header("Content-Type", "text/html; charset=utf-8")

    async def prepare(self) -> None:
        """Know the visitor, or send them to the hub's sign-in. Raises `NotAllowed` and `HubUnavailable`."""
        self.set_policy()
        try:
            model = await self.hub_auth.get_user(self, sync=False)
        except web.HTTPError as error:
            raise HubUnavailable(
                "The hub does not answer who you are. Please try again in a moment."
            ) from error
        if model is not None and not getattr(self, "_token_authenticated", False):
            self.caller = read_caller(self.hub_auth, model)
            await self.services.identities.keep(self.caller)
        elif self.request.method in ("GET", "HEAD"):
            self.redirect(self.get_login_url())
        else:
            raise NotAllowed("This page was open for too long. Nothing was done: reload it, and try again.")

    def set_policy(self) -> None:
        """Tell the browser what the page may load."""
        self.set_header("Content-Security-Policy", _policy(self.hub_auth.hub_host))

    def get_current_user(self) -> str | None:
        """Their name; what `prepare` has found, because tornado cannot wait for the hub here."""
        return self.caller.name if self.caller else None

    def write_page(self, template: str, **values: object) -> None:
        """Answer with `template`, given `values` and what the frame needs."""
        hub = f"{self.hub_auth.hub_host}{self.hub_auth.hub_prefix}"
        frame = {"caller": self.caller, "hub": hub, "home": self.hub_auth.base_url, "page": template}
        tools = {"static_url": self.static_url, "xsrf_token": self.xsrf_token.decode()}
        self.finish(_templates.get_template(template).render(**frame, **tools, **values))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        status, body = self.describe(status_code, kwargs.get("exc_info", (None, None, None))[1])
        self.set_status(status)
        self.write_page("error.html", status=status, message=body["message"])


class StaffPageHandler(PageHandler):
    """For course staff; learners get 403."""

    async def prepare(self) -> None:
        await super().prepare()
        if self.caller is not None:
            self.caller.require_staff()


def _policy(hub_host: str) -> str:
    """What a page may load: our files and, for the look, the hub's, which may have another domain."""
    ours = f"'self' {hub_host}".rstrip()
    return (
        f"default-src 'none'; script-src {ours}; style-src {ours}; font-src {ours}; "
        f"img-src {ours} data: {AVATARS}; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
