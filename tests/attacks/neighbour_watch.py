"""Asks the neighbour's server and the hub again and again while something else goes on."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote

import requests

from operator_cli.watching import watching
from tests.hub_visitor import HubVisitor

INTERVAL_SECONDS = 0.2
ANSWER_SECONDS = 10
LEAST_ANSWERS = 3


@dataclass
class NeighbourWatch:
    """Measures both; the neighbour's server is reached as its browser reaches it."""

    neighbour: HubVisitor
    milliseconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def running(cls, neighbour: HubVisitor) -> Iterator[Self]:
        """One that asks while the block runs, and for as long as it takes to have some answers."""
        watch = cls(neighbour)
        with watching("neighbour", watch.look, INTERVAL_SECONDS):
            yield watch
        while len(watch.milliseconds) < LEAST_ANSWERS:
            watch.look()

    @property
    def said(self) -> str:
        """In a few words, with the 95th percentile."""
        if self.failures:
            return f"neighbour or hub did not answer: {self.failures[0]}"
        slowest = statistics.quantiles(self.milliseconds, n=20)[-1]
        return f"neighbour and hub answered {len(self.milliseconds)} times, p95 {slowest:.0f} ms"

    def look(self) -> None:
        """Ask each once."""
        self._ask(f"{self.neighbour.server_url}/api/status")
        self._ask(f"{self.neighbour.url}/hub/api/users/{quote(self.neighbour.name)}")

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
