"""Asks the neighbour's server and the hub again and again while something else goes on."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import quote

import requests

from tests.hub_visitor import HubVisitor

INTERVAL_SECONDS = 0.2
ANSWER_SECONDS = 10
LEAST_ANSWERS = 3


@dataclass
class NeighbourWatch:
    """Measures both while the block runs; the neighbour's server is reached as its browser reaches it."""

    neighbour: HubVisitor
    milliseconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def said(self) -> str:
        """In a few words, with the 95th percentile."""
        if self.failures:
            return f"neighbour or hub did not answer: {self.failures[0]}"
        slowest = statistics.quantiles(self.milliseconds, n=20)[-1]
        return f"neighbour and hub answered {len(self.milliseconds)} times, p95 {slowest:.0f} ms"

    def _watch(self) -> None:
        addresses = (
            f"{self.neighbour.server_url}/api/status",
            f"{self.neighbour.url}/hub/api/users/{quote(self.neighbour.name)}",
        )
        while not self._ended.wait(INTERVAL_SECONDS) or len(self.milliseconds) < LEAST_ANSWERS:
            for address in addresses:
                self._ask(address)

    def _ask(self, address: str) -> None:
        started = time.monotonic()
        try:
            answer = self.neighbour.session.get(address, timeout=ANSWER_SECONDS)
        except requests.RequestException as error:
            self.failures.append(f"{address}: {error}")
            self.milliseconds.append(ANSWER_SECONDS * 1000.0)
            return
        if answer.status_code != 200:
            self.failures.append(f"{address}: {answer.status_code}")
        self.milliseconds.append((time.monotonic() - started) * 1000)
