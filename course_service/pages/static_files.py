"""The pages' own scripts and styles."""

from __future__ import annotations

from tornado import web


class StaticFiles(web.StaticFileHandler):
    """What `static_url` names; nothing else is in that folder."""

    def set_default_headers(self) -> None:
        self.set_header("X-Content-Type-Options", "nosniff")
        self.clear_header("Server")
