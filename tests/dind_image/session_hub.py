"""What a learner's server asks of a hub, answered for one learner."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from jupyterhub import __version__

LEARNER = "ada"
TOKEN = "s3cret-of-ada"
PREFIX = f"/user/{LEARNER}/"
SCOPE = f"access:servers!server={LEARNER}/"
PORT = 8888


class SessionHub:
    """Listens at a session's gateway."""

    def __init__(self, gateway: str) -> None:
        self._server = ThreadingHTTPServer((gateway, 0), _Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """What JupyterHub's spawner gives a server."""
        address, port = self._server.server_address[:2]
        hub = f"http://{address}:{port}"
        return {
            "JUPYTERHUB_USER": LEARNER,
            "JUPYTERHUB_API_TOKEN": TOKEN,
            "JPY_API_TOKEN": TOKEN,
            "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{LEARNER}",
            "JUPYTERHUB_SERVER_NAME": "",
            "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_API_URL": f"{hub}/hub/api",
            "JUPYTERHUB_ACTIVITY_URL": f"{hub}/hub/api/users/{LEARNER}/activity",
            "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:{PORT}{PREFIX}",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
            "JUPYTERHUB_OAUTH_SCOPES": json.dumps([SCOPE]),
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([SCOPE]),
            "CONTAINRLAB_COURSE_URL": f"{hub}/services/course/",
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    known: ClassVar = {"name": LEARNER, "kind": "user", "groups": [], "scopes": [SCOPE]}

    def do_GET(self) -> None:
        if not self.path.startswith("/hub/api/user"):
            self._answer(200, {"version": __version__})
        elif self.headers.get("Authorization") == f"token {TOKEN}":
            self._answer(200, self.known)
        else:
            self._answer(403, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(200, {})

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("X-JupyterHub-Version", __version__)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
