"""GitHub sign-in: oauthenticator's, with accounts that belong to ids and refusals that say what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from jupyterhub import orm
from oauthenticator.github import GitHubOAuthenticator
from oauthenticator.oauth2 import OAuthCallbackHandler
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.web import HTTPError
from traitlets import Unicode

from .github_accounts import find_account

SILENT = "GitHub does not answer as it should. Please try again in a minute."


class CallbackHandler(OAuthCallbackHandler):
    """Where GitHub sends the browser back, with a code in the address."""

    def _request_summary(self) -> str:
        # What tornado logs of an error: without the code, which nobody may have used yet.
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"


class GitHubSignIn(GitHubOAuthenticator):
    """Lets in who is allowed now, under the account that is theirs.

    Of GitHub, ``id``, ``login`` and ``avatar_url`` are kept, as the hub's ``user_info``: the hub tells them,
    with the name, to whoever may ask whose a token is, and so to the course service. GitHub's access token is
    used during the sign-in and kept nowhere.
    """

    callback_handler = CallbackHandler

    contact = Unicode("your course staff", config=True, help="Whom to ask who is not let in.")

    async def fetch(
        self, req: HTTPRequest, label: str = "fetching", parse_json: bool = True, **kwargs: Any
    ) -> Any:
        """Every question to GitHub. Raises `HTTPError` where it does not answer, or is broken.

        Without this a failing GitHub would count as "is not a member".
        """
        try:
            answer = await super().fetch(req, label, parse_json, **kwargs)
        except (HTTPClientError, OSError, ValueError) as error:
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, SILENT) from error
        if parse_json:
            return answer
        if answer.code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.code == HTTPStatus.TOO_MANY_REQUESTS:
            self.log.error("GitHub answered %s to %s", answer.code, req.url)
            raise _refusal(HTTPStatus.SERVICE_UNAVAILABLE, SILENT)
        if answer.code == HTTPStatus.FORBIDDEN:  # such as an organisation that has not approved the app
            self.log.warning("GitHub refuses to answer %s: %s", req.url, answer.body.decode(errors="replace"))
        return answer

    async def get_token_info(self, handler: Any, params: dict[str, Any]) -> dict[str, Any]:
        """GitHub's access token for the code that the browser brought. Raises `HTTPError`."""
        try:
            token_info: dict[str, Any] = await super().get_token_info(handler, params)
        except HTTPError as refusal:
            if refusal.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            self.log.error("GitHub gave no access token: %s", refusal.log_message)
            raise _refusal(
                HTTPStatus.FORBIDDEN,
                "GitHub did not accept this sign-in; it may be too old. Please sign in again. If that does "
                f"not help, tell {self.contact}: the hub's log has the reason.",
            ) from refusal
        return token_info

    async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
        """Put the account in the login's place, and let the settings alone say who is an admin."""
        auth_model = await super().update_auth_model(auth_model)
        github_user = auth_model["auth_state"][self.user_auth_state_key]
        account = find_account(auth_model["name"], github_user["id"], self._owners())
        auth_model["name"] = account.name
        auth_model["listed_as"] = account.listed_as
        auth_model["admin"] = not account.listed_as.isdisjoint(self.admin_users)
        auth_model["user_info"] = {
            "github_id": github_user["id"],
            "login": github_user["login"],
            "avatar_url": github_user.get("avatar_url"),
        }
        return auth_model

    async def check_allowed(self, username: str, auth_model: dict[str, Any]) -> bool:
        """True for who is an admin, on the list, or a member. Raises `HTTPError` for all others."""
        login = auth_model["user_info"]["login"]
        listed_as = auth_model["listed_as"]
        if auth_model["admin"] or not listed_as.isdisjoint(self.allowed_users):
            return True
        # A list that names the login's former owner: members too wait until the operator has looked at it.
        lists_another = self.normalize_username(login) in self.allowed_users
        if not lists_another and await super().check_allowed(self.normalize_username(login), auth_model):
            return True
        raise _refusal(
            HTTPStatus.FORBIDDEN,
            f"The GitHub account {login} is not on this course's list. Please ask {self.contact} to add it. "
            "If you have just been invited to the course's organisation on GitHub, accept that first.",
        )

    def _owners(self) -> dict[str, int | None]:
        users = self.parent.db.query(orm.User)
        return {user.name: (user.user_info or {}).get("github_id") for user in users}


def _refusal(status: HTTPStatus, words: str) -> HTTPError:
    """An error page of this sentence; without a reason JupyterHub would make it the page's title too."""
    return HTTPError(status, words, reason=status.phrase)
