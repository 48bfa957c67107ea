"""A small web app that needs no packages. GET /echo?word=hello answers {"word": "hello"}."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlsplit(self.path).query)
        body = json.dumps({"word": query.get("word", [""])[0]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    # 0.0.0.0 means "from anywhere": with 127.0.0.1 only the container itself could reach the app.
    ThreadingHTTPServer(("0.0.0.0", port), Echo).serve_forever()
