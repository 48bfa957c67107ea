"""Our Chromium keeps its requests when the machine's networks change, as they do while other tests run."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

BRIDGE = "cl-test-net"
CONNECTIONS = 6
"""Chromium's to one server; more requests wait, and it is those that a change of networks ends."""

FETCHED_AT_ONCE = """
many => Promise.allSettled(Array.from({length: many}, (_, number) => fetch(`/${number}`)))
    .then(answers => answers.map(answer => answer.status))
"""


class Answering(BaseHTTPRequestHandler):
    """Answers at once, or, what is fetched, when the machine has got a network and lost it."""

    changed = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/0":
            change_networks()
            self.changed.wait(1)  # Chromium hears of it in a moment
            self.changed.set()
        elif self.path != "/":
            self.changed.wait(30)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps quiet."""


def change_networks() -> None:
    """As a session's start and end do."""
    for change in (
        f"link add {BRIDGE} type bridge",
        f"address add 198.51.100.1/32 dev {BRIDGE}",
        f"link set {BRIDGE} up",
        f"link delete {BRIDGE}",
    ):
        subprocess.run(["ip", *change.split()], check=True)


@pytest.fixture
def address() -> Iterator[str]:
    """Where the machine's networks change while requests wait."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.engine
def test_requests_outlive_a_change_of_networks(address: str, browser: Browser):
    page = browser.new_page()
    page.goto(address)
    assert page.evaluate(FETCHED_AT_ONCE, 2 * CONNECTIONS) == ["fulfilled"] * 2 * CONNECTIONS
