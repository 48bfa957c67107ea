"""Who may sign in: members by GitHub, or anybody with the shared password of a local trial."""

from __future__ import annotations

from traitlets.config import Config

from .github_sign_in import GitHubSignIn
from .settings import SettingError, Settings

GITHUB_SECONDS = 10
"""How long one answer of GitHub's is waited for; a sign-in asks three or more questions."""


def configure_authentication(c: Config, settings: Settings) -> None:
    """GitHub where a client id is set, else a trial. Raises `SettingError` where neither is complete."""
    if settings.is_trial:
        _configure_trial(c, settings)
    else:
        _configure_github(c, settings)


def _configure_trial(c: Config, settings: Settings) -> None:
    if settings.public_url:
        raise SettingError(
            "CONTAINRLAB_PUBLIC_URL",
            "a public hub needs GitHub sign-in: set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET too",
        )
    if not settings.trial_password:
        raise SettingError(
            "CONTAINRLAB_TRIAL_PASSWORD", "not set; 'containrlab up' generates one, or set GITHUB_CLIENT_ID"
        )
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = settings.trial_password
    c.SharedPasswordAuthenticator.allow_all = True
    if settings.admin_password:
        c.SharedPasswordAuthenticator.admin_password = settings.admin_password
        c.SharedPasswordAuthenticator.admin_users = set(settings.admins)


def _configure_github(c: Config, settings: Settings) -> None:
    if not settings.github_client_secret:
        raise SettingError("GITHUB_CLIENT_SECRET", "not set, but GITHUB_CLIENT_ID is")
    if not (settings.allowed_organizations or settings.allowed_users):
        raise SettingError(
            "CONTAINRLAB_ALLOWED_ORGANIZATIONS",
            "nobody could sign in: name organisations or teams here, or logins in CONTAINRLAB_ALLOWED_USERS",
        )
    c.JupyterHub.authenticator_class = GitHubSignIn
    c.GitHubSignIn.client_id = settings.github_client_id
    c.GitHubSignIn.client_secret = settings.github_client_secret
    if settings.github_url:
        c.GitHubSignIn.github_url = settings.github_url.rstrip("/")
    if settings.public_url:
        c.GitHubSignIn.oauth_callback_url = f"{settings.public_url.rstrip('/')}/hub/oauth_callback"
    c.GitHubSignIn.allowed_organizations = set(settings.allowed_organizations)
    c.GitHubSignIn.allowed_users = set(settings.allowed_users)
    # Where users are named, the default would let whoever signed in once do so for ever.
    c.GitHubSignIn.allow_existing_users = False
    c.GitHubSignIn.admin_users = set(settings.admins)
    c.GitHubSignIn.contact = settings.contact
    c.GitHubSignIn.scope = ["read:org"]  # without it only public membership is seen
    c.GitHubSignIn.http_request_kwargs = {
        "connect_timeout": GITHUB_SECONDS,
        "request_timeout": GITHUB_SECONDS,
    }
