"""A small real HTTP server that answers as the hub does: whose a token is, and which servers run."""

from __future__ import annotations

from datetime import UTC, datetime

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
            "staff-token": user("teacher", ACCESS, "custom:course:staff"),
            "no-server-token": user("carol", ACCESS, "access:servers!user=carol"),
            "no-scope-token": user("dave", "access:servers!server=dave/"),
            "service-token": user("another-service", ACCESS, kind="service"),
            "operator-token": user("operator", ACCESS, "custom:course:staff", kind="service"),
            "idle-culler-token": user("idle-culler", ACCESS, "custom:course:staff", kind="service"),
        }
        self.servers: dict[str, dict[str, object]] = {}
        self.most_listed = 50
        hub = self

        class UsersHandler(web.RequestHandler):
            def get(self) -> None:
                hub.check()
                assert self.get_argument("state") == "active"
                offset = int(self.get_argument("offset"))
                names = sorted(hub.servers)
                shown = names[offset : offset + hub.most_listed]
                more = {"offset": offset + len(shown)} if offset + len(shown) < len(names) else None
                self.write({"items": [hub.user_model(name) for name in shown], "_pagination": {"next": more}})

        class OneUserHandler(web.RequestHandler):
            def get(self, name: str) -> None:
                hub.check()
                if name == "unknown":
                    raise web.HTTPError(404)
                self.write(hub.user_model(name))

        class ServerHandler(web.RequestHandler):
            def delete(self, name: str) -> None:
                hub.check()
                hub.servers.pop(name)
                self.set_status(204)

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
        self._server = HTTPServer(
            web.Application(
                [
                    ("/hub/api/user", UserHandler),
                    ("/hub/api/users", UsersHandler),
                    ("/hub/api/users/([^/]+)", OneUserHandler),
                    ("/hub/api/users/([^/]+)/server", ServerHandler),
                ]
            )
        )
        self._server.add_socket(socket)

    def start_server(self, name: str, started: datetime | None = None, pending: str | None = None) -> None:
        started = started or datetime.now(UTC)
        text = started.isoformat().replace("+00:00", "Z")
        self.servers[name] = {"name": "", "started": text, "pending": pending, "ready": pending is None}

    def wait_for_place(self, name: str, place: int) -> None:
        """The learner has asked for a server, and waits."""
        self.start_server(name, pending="spawn")
        self.servers[name]["state"] = {"waits": {"place": place, "seconds": 60 * place}}

    def user_model(self, name: str) -> dict[str, object]:
        server = self.servers.get(name)
        return {"kind": "user", "name": name, "servers": {"": server} if server else {}}

    def check(self) -> None:
        if not self.is_up:
            raise web.HTTPError(500)

    def stop(self) -> None:
        self._server.stop()
