"""The end of a sign-in by the hub, and a sign-in that is done again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jupyterhub.services.auth import HubOAuthCallbackHandler

from .page_handler import PageHandler


class OAuthCallbackHandler(HubOAuthCallbackHandler, PageHandler):
    """Where the hub sends a visitor who has signed in."""

    async def prepare(self) -> None:
        """Nobody is known yet."""
        self.set_policy()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Another try mends what goes wrong here: a page that was open for long, a service begun anew."""
        self.set_status(status_code)
        message = "The sign-in was not completed. Nothing is lost: go back to your labs to try again."
        self.write_page("error.html", status=HTTPStatus(status_code), message=message)


class SignInHandler(PageHandler):
    """Forgets who the visitor is, and shows the home page, for which the hub is asked anew.

    Who has become staff meanwhile has a token that does not say so yet.
    """

    async def prepare(self) -> None:
        """Nobody needs to be known here."""

    def get(self) -> None:
        self.hub_auth.clear_cookie(self)
        self.redirect(self.hub_auth.base_url)
