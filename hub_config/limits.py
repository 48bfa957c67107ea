"""How much the hub takes on: sessions at once, bytes of a request, seconds to wait for a session's answer."""

from __future__ import annotations

import aiohttp
from tornado.httpserver import HTTPServer
from traitlets.config import Config

from .capacity import allowed_sessions
from .settings import Settings

REQUEST_BYTES = 1024**2
"""Most bytes of a request to the hub, which holds it in memory before it knows who sent it."""

LINE_LENGTH = 200
"""Most learners who wait for a place. Who comes after them gets JupyterHub's error 429."""

ANSWER_SECONDS = 10
"""How long the hub waits for one answer: a session that keeps silent would else hold its start for 300 s."""


def configure_limits(c: Config, settings: Settings) -> None:
    """Sessions in places and a line for who comes later, in JupyterHub's terms: all of them are active."""
    sessions = allowed_sessions(settings)
    c.LabSpawner.sessions_limit = sessions
    c.LabSpawner.usual_length = settings.session_minutes * 60
    c.JupyterHub.active_server_limit = sessions + LINE_LENGTH
    c.JupyterHub.concurrent_spawn_limit = 0  # who waits counts as starting; the places bound who really does
    c.JupyterHubHTTPClient.session_options = {"timeout": aiohttp.ClientTimeout(total=ANSWER_SECONDS)}
    # JupyterHub makes its server without a limit (tornado's own is 100 MB) and has no trait for it.
    HTTPServer.configure(None, max_body_size=REQUEST_BYTES)
