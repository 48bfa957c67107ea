"""A sign-in that is done again: who has become staff meanwhile has a token that does not say so yet."""

from __future__ import annotations

from .page_handler import PageHandler


class SignInHandler(PageHandler):
    """Forgets who the visitor is, and shows the home page, for which the hub is asked anew."""

    async def prepare(self) -> None:
        """Nobody needs to be known here."""

    def get(self) -> None:
        self.hub_auth.clear_cookie(self)
        self.redirect(self.hub_auth.base_url)
