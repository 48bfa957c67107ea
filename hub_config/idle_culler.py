"""jupyterhub-idle-culler, but that the course service ends the idle sessions that it finds.

The hub would not say why a server was stopped; the course service writes it down. Where that does not answer,
the culler ends the session itself, as it does with what is older than its ``--max-age``.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from jupyterhub_idle_culler import IdleCuller
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.httputil import url_concat

from .settings import load_settings

END_SECONDS = 60

log = logging.getLogger(__name__)


class SessionEnds:
    """The course service's door for ends; `token` is the culler's own at the hub."""

    def __init__(self, course_url: str, token: str) -> None:
        self._course_url = course_url
        self._headers = {"Authorization": f"token {token}"}

    async def is_left_to_culler(
        self, inactive: timedelta, inactive_limit: float, server: dict[str, Any]
    ) -> bool:
        """The culler's hook: whether it is to end this server itself."""
        if inactive.total_seconds() < inactive_limit:
            return False
        user = server["full_name"].removesuffix("/")
        # That very session: the culler may come to it some time after it has looked.
        address = url_concat(
            f"{self._course_url}api/sessions/{quote(user, safe='')}/end", {"started_at": server["started"]}
        )
        request = HTTPRequest(address, "POST", self._headers, body=b"", request_timeout=END_SECONDS)
        try:
            await AsyncHTTPClient().fetch(request)
        except (HTTPClientError, OSError) as error:
            if isinstance(error, HTTPClientError) and error.code == HTTPStatus.NOT_FOUND:
                return False  # it has gone meanwhile
            log.warning("The course service does not end the idle session of %s: %s", user, error)
            return True
        return False


def main() -> None:
    """The culler with its own arguments; what the hub gives its services is in the environment."""
    course_url = f"http://127.0.0.1:{load_settings().course_port}/services/course/"
    ends = SessionEnds(course_url, os.environ["JUPYTERHUB_API_TOKEN"])
    IdleCuller.instance(cull_arbiter_hook=ends.is_left_to_culler)
    IdleCuller.launch_instance()


if __name__ == "__main__":
    main()
