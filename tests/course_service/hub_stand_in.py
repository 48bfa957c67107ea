"""A small real HTTP server that answers /hub/api/user as the hub does."""

from __future__ import annotations

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

ACCESS = "access:services!service=course"


def user(name: str, *scopes: str, kind: str = "user") -> dict[str, object]:
    return {"kind": kind, "name": name, "scopes": list(scopes)}


class HubStandIn:
    """Knows tokens; `is_up` false makes it answer 500."""

    def __init__(self) -> None:
        self.is_up = True
        self.asked = 0
        self.tokens = {
            "alice-token": user("alice", ACCESS, "access:servers!server=alice/", "users:activity!user=alice"),
            "bob-token": user("bob", ACCESS, "access:servers!server=bob/second"),
            "o'brien-token": user("o'brien", ACCESS, "access:servers!server=o'brien/"),
            "no-server-token": user("carol", ACCESS, "access:servers!user=carol"),
            "no-scope-token": user("dave", "access:servers!server=dave/"),
            "service-token": user("another-service", ACCESS, kind="service"),
        }
        hub = self

        class UserHandler(web.RequestHandler):
            def get(self) -> None:
                hub.asked += 1
                if not hub.is_up:
                    raise web.HTTPError(500)
                token = self.request.headers.get("Authorization", "").removeprefix("token ")
                if token not in hub.tokens:
                    raise web.HTTPError(403)
                self.write(hub.tokens[token])

        socket, port = bind_unused_port()
        self.api_url = f"http://127.0.0.1:{port}/hub/api"
        self._server = HTTPServer(web.Application([("/hub/api/user", UserHandler)]))
        self._server.add_socket(socket)

    def stop(self) -> None:
        self._server.stop()
