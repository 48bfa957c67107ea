"""What a browser asks for on the way to a lab, and when what it shows is of use."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, WebSocket

SHELL = "jupyterlab_seconds"
TERMINAL = "terminal_seconds"
USABLE = "usable_terminal_seconds"
NOTEBOOK = "notebook_seconds"

# Notes by the wall clock, in each document of the tab, the click and what is seen for the first time.
_WATCH = f"""
(() => {{
  const note = (name) => console.debug(`page-trace ${{name}} ${{Date.now()}}`);
  const awaited = {{
    {SHELL}: () => document.querySelector("#jp-main-dock-panel")?.offsetParent
      && !document.querySelector("#jupyterlab-splash"),
    {TERMINAL}: () => document.querySelector(".jp-Terminal .xterm-screen")?.offsetParent,
    {NOTEBOOK}: () => document.querySelector("#jp-main-statusbar")?.textContent.includes("| Idle"),
  }};
  const look = () => {{
    for (const [name, isSeen] of Object.entries(awaited)) {{
      if (isSeen()) {{
        note(name);
        delete awaited[name];
      }}
    }}
    if (Object.keys(awaited).length) requestAnimationFrame(look);
  }};
  addEventListener("click", () => note("click"), {{capture: true}});
  look();
}})();
"""
_FOCUS_TERMINAL = """
() => {
  const input = document.querySelector(".jp-Terminal textarea");
  input?.focus();
  return document.activeElement === input;
}
"""
_QUESTION, _ANSWER = "echo page-trace-$((7*7))", "page-trace-49"
_ASK_AGAIN_SECONDS = 1.0  # JupyterLab may have moved the focus while the line was typed
_POLL_MILLISECONDS = 5
_PAGE_FILE = re.compile(r"/(static/lab|lab/extensions)/.*[./][0-9a-f]{16,}\.\w+$")


@dataclass
class Request:
    """One request and its answer; one that is redirected is followed by another. Seconds since the click."""

    url: str
    begun: float
    ended: float = 0.0
    status: int = 0
    wire_bytes: int = 0
    is_cached: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def is_page_file(self) -> bool:
        """Whether it is for one of JupyterLab's files that never change under their name."""
        return _PAGE_FILE.search(self.path) is not None


class PageTrace:
    """Watches one tab from its creation on."""

    def __init__(self, page: Page) -> None:
        self.requests: list[Request] = []
        self.moments: dict[str, float] = {}
        """Seconds from the click; what was not seen yet is missing."""
        self._page = page
        self._clicked = time.time()
        self._open: dict[str, Request] = {}
        self._clock: float | None = None  # from Chromium's own clock to the wall's
        page.on("console", lambda message: self._note(message.text))
        page.on("websocket", self._listen)
        page.add_init_script(_WATCH)
        network = page.context.new_cdp_session(page)
        network.on("Network.requestWillBeSent", self._on_request)
        network.on("Network.responseReceived", self._on_response)
        network.on("Network.requestServedFromCache", self._on_cached)
        network.on("Network.loadingFinished", self._on_end)
        network.send("Network.enable")

    def follow(self, click_on: Locator, seconds: float = 90) -> None:
        """Click; returns when the terminal has answered a line that was typed, and the notebook's kernel is
        idle. Raises `TimeoutError` where they are not within `seconds`."""
        self.requests.clear()
        self.moments.clear()
        deadline = time.monotonic() + seconds
        click_on.click()
        asked_at = 0.0
        while {USABLE, NOTEBOOK} - self.moments.keys():
            if time.monotonic() > deadline:
                raise TimeoutError(f"after {seconds} s there was only {self.moments}; {self._page.url}")
            is_due = TERMINAL in self.moments and USABLE not in self.moments
            if is_due and time.monotonic() > asked_at + _ASK_AGAIN_SECONDS and self._type():
                asked_at = time.monotonic()
            self._page.wait_for_timeout(_POLL_MILLISECONDS)

    def _type(self) -> bool:
        if not self._page.evaluate(_FOCUS_TERMINAL):
            return False
        self._page.keyboard.insert_text(_QUESTION)
        self._page.keyboard.press("Enter")
        return True

    def _note(self, text: str) -> None:
        if not text.startswith("page-trace "):
            return
        _, name, milliseconds = text.split()
        if name != "click":
            self.moments.setdefault(name, round(int(milliseconds) / 1000 - self._clicked, 3))
        elif not self.moments:
            self._clicked = int(milliseconds) / 1000

    def _listen(self, socket: WebSocket) -> None:
        if "/terminals/websocket/" in socket.url:
            socket.on("framereceived", self._on_frame)

    def _on_frame(self, frame: str | bytes) -> None:
        if _ANSWER in str(frame):
            self.moments.setdefault(USABLE, round(time.time() - self._clicked, 3))

    def _on_request(self, event: dict[str, Any]) -> None:
        if self._clock is None:
            self._clock = event["wallTime"] - event["timestamp"]
        begun = event["wallTime"] - self._clicked
        if "redirectResponse" in event and (earlier := self._open.get(event["requestId"])):
            _fill(earlier, event["redirectResponse"])
            earlier.ended = begun
        request = Request(event["request"]["url"], begun)
        self._open[event["requestId"]] = request
        if request.url.startswith("http"):
            self.requests.append(request)

    def _on_response(self, event: dict[str, Any]) -> None:
        if request := self._open.get(event["requestId"]):
            _fill(request, event["response"])

    def _on_cached(self, event: dict[str, Any]) -> None:
        if request := self._open.get(event["requestId"]):
            request.is_cached = True

    def _on_end(self, event: dict[str, Any]) -> None:
        if (request := self._open.get(event["requestId"])) and self._clock is not None:
            request.ended = event["timestamp"] + self._clock - self._clicked
            request.wire_bytes = int(event["encodedDataLength"])


def _fill(request: Request, response: dict[str, Any]) -> None:
    request.status = response["status"]
    request.wire_bytes = int(response["encodedDataLength"])
    request.is_cached = request.is_cached or response.get("fromDiskCache", False)
    request.headers = {name.lower(): value for name, value in response["headers"].items()}
