"""Answers every request in the same way."""

from http.server import BaseHTTPRequestHandler, HTTPServer


class Canned(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "hello": "Ada"}')


HTTPServer(("0.0.0.0", 8080), Canned).serve_forever()
