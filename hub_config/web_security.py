"""What browsers are told about the hub's cookies and pages.

Of learners' pages nothing is promised here: they are served by processes that learners own, which is why each
learner has a domain of their own as soon as there is a public URL (`network.py`).
"""

from __future__ import annotations

from typing import Any

from traitlets.config import Config

from .settings import Settings

COOKIE_DAYS = 1.0
"""How long a sign-in lasts. Who was taken off the list of the allowed is out after it at the latest."""


def configure_web_security(c: Config, settings: Settings) -> None:
    """Cookies that stay where they were set, and pages that are neither framed, sniffed nor told of."""
    options = cookie_options(settings)
    # A learner's page can set a cookie for the whole domain, but none whose name begins with __Host-.
    c.JupyterHub.cookie_host_prefix_enabled = settings.is_https
    c.JupyterHub.cookie_max_age_days = COOKIE_DAYS
    # JupyterHub adds its Content-Security-Policy (frame-ancestors 'none') itself where none is given.
    c.JupyterHub.tornado_settings = {
        "cookie_options": options,
        "xsrf_cookie_kwargs": {**options, "httponly": True},
        "headers": {
            "Referrer-Policy": "same-origin",
            "Server": "JupyterHub",  # instead of tornado's, which has its version
            "X-Content-Type-Options": "nosniff",
        },
    }


def cookie_options(settings: Settings) -> dict[str, Any]:
    """How the hub and its services set cookies."""
    # Not Strict: the way back from GitHub is a link from another site.
    options: dict[str, Any] = {"samesite": "Lax", "expires_days": COOKIE_DAYS}
    return {**options, "secure": True} if settings.is_https else options
