"""The pages' addresses, as docs/interfaces.md lists them."""

from __future__ import annotations

from pathlib import Path

from tornado import web

from course_service.requests import CourseServices

from .class_page import (
    AttemptsDownload,
    ClassHandler,
    ExtendAllHandler,
    GradesDownload,
    SessionActionHandler,
)
from .hints_page import HintsHandler
from .home import EndHandler, ExtendHandler, HomeHandler
from .sign_in import OAuthCallbackHandler, SignInHandler

STATIC = Path(__file__).parent / "static"


def page_routes(
    prefix: str, services: CourseServices
) -> list[tuple[str, type[web.RequestHandler], dict[str, object]]]:
    """Every page below the service's prefix."""
    handlers: list[tuple[str, type[web.RequestHandler]]] = [
        ("", HomeHandler),
        ("class", ClassHandler),
        ("class/sessions/extend", ExtendAllHandler),
        ("class/sessions/([^/]+)/(extend|end)", SessionActionHandler),
        ("class/grades.csv", GradesDownload),
        ("class/attempts.csv", AttemptsDownload),
        ("session/extend", ExtendHandler),
        ("session/end", EndHandler),
        ("hints", HintsHandler),
        ("sign-in", SignInHandler),
        ("oauth_callback", OAuthCallbackHandler),
    ]
    return [(prefix + address, handler, {"services": services}) for address, handler in handlers]
