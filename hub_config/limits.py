"""How much the hub takes on: sessions at once, bytes of a request, seconds to wait for a session's answer."""

from __future__ import annotations

import os

import aiohttp
from tornado.httpserver import HTTPServer
from traitlets.config import Config

from .capacity import count_sessions
from .settings import Settings

REQUEST_BYTES = 1024**2
"""Most bytes of a request to the hub, which holds it in memory before it knows who sent it."""

ANSWER_SECONDS = 10
"""How long the hub waits for one answer: a session that keeps silent would else hold its start for 300 s."""


def configure_limits(c: Config, settings: Settings) -> None:
    """As many sessions as fit the memory beside the judge's sandboxes, and never less than one.

    A server counts from its request on, so this bounds how many start at once too.
    """
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    c.JupyterHub.active_server_limit = count_sessions(memory_bytes, settings.judge_sandboxes)
    c.JupyterHubHTTPClient.session_options = {"timeout": aiohttp.ClientTimeout(total=ANSWER_SECONDS)}
    # JupyterHub makes its server without a limit (tornado's own is 100 MB) and has no trait for it.
    HTTPServer.configure(None, max_body_size=REQUEST_BYTES)
