"""Gemini's stand-in for tests: one server for a module, as new for each test. Loaded by tests/conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gemini_stand_in import Behaviour, GeminiStandIn

GEMINI_KEY = "canary-gemini-key"


@pytest.fixture(scope="module")
def gemini_server() -> Iterator[GeminiStandIn]:
    """The stand-in, whatever the test before has left it at."""
    stand_in = GeminiStandIn(GEMINI_KEY)
    yield stand_in
    stand_in.stop()


@pytest.fixture
def gemini(gemini_server: GeminiStandIn) -> GeminiStandIn:
    """The stand-in, as new."""
    gemini_server.behaviour, gemini_server.pieces = Behaviour.ANSWER, ["Look at ", "the **CMD** ", "line."]
    gemini_server.requests.clear()
    return gemini_server
