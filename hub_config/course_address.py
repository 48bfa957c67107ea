"""Where browsers reach the course service."""

from __future__ import annotations

from urllib.parse import urlsplit

from jupyterhub.utils import subdomain_hook_idna

from .settings import Settings

COURSE_PATH = "/services/course/"


def course_host(settings: Settings) -> str | None:
    """Its host name at the hub's proxy; None where all services share the hub's host."""
    if not settings.public_url:
        return None
    host: str = subdomain_hook_idna("course", urlsplit(settings.public_url).hostname, "service")
    return host


def course_address(settings: Settings) -> str:
    """The address of its first page; only a path where it shares the hub's host."""
    host = course_host(settings)
    if host is None:
        return COURSE_PATH
    public = urlsplit(settings.public_url or "")
    netloc = f"{host}:{public.port}" if public.port else host
    return f"{public.scheme}://{netloc}{COURSE_PATH}"
