"""Puts itself in the place of the session's Docker engine, and says of everything that it is well.

Run inside the session as its user: ``python3 -c SOURCE``; prints "listening" and stays.
"""

import http.server
import os
import socketserver

SOCKET = "/run/user/1000/docker.sock"
WELL = b'{"Id": "sha256:feed", "Size": 1234, "Config": {"User": "app"}, "StatusCode": 0, "passed": true}'


class Well(http.server.BaseHTTPRequestHandler):
    def answer(self) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.45")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(WELL)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

    def address_string(self) -> str:
        return "unix"

    def log_message(self, *_: object) -> None:
        pass


if os.path.exists(SOCKET):
    os.rename(SOCKET, SOCKET + ".real")
with socketserver.UnixStreamServer(SOCKET, Well) as server:
    print("listening", flush=True)
    server.serve_forever()
