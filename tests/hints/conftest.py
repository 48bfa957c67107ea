"""The service that hints are asked of, Gemini's stand-in, and the table: what, case, expected, seen.

The service, its database and Google's SDK are real; Gemini is a local server that does what it is told.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from course_service.database import upgrade_database
from course_service.store import Store
from hub_config.settings import Settings
from tests.claims_table import Claim, ClaimsTable
from tests.course_service.asking_hints import write_lab
from tests.course_service.running_service import RunningService, serve_course
from tests.course_service.sandbox_stand_ins import WillingSandbox
from tests.gemini_fixtures import GEMINI_KEY
from tests.gemini_stand_in import GeminiStandIn

HINTS = ClaimsTable("hints", ("about", "case"), "hints answered as expected")

Serve = Callable[..., Awaitable[RunningService]]


@pytest.fixture
def enter(claim: Callable[..., Claim]) -> Callable[[str, str, str], Claim]:
    """Begins the test's line of the table."""
    return lambda about, case, expected: claim(HINTS, about, case, expected=expected)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, gemini_server: GeminiStandIn) -> Settings:
    """A course with AI, whose limits no test meets by chance."""
    importlib.import_module("course_service.gemini_request")  # seconds, which are not what is measured
    folder = tmp_path_factory.mktemp("hints")
    return Settings(
        instance="containrlab-test-hints",
        state_dir=folder / "state",
        labs_dir=write_lab(folder / "labs"),
        gemini_api_key=GEMINI_KEY,
        gemini_url=gemini_server.url,
        hints_per_minute=10_000,
        ai_hints_per_day=10_000,
        ai_hints_per_course_day=10_000,
    )


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    """A real database."""
    upgrade_database(settings.course_db_url)
    store = Store(settings.course_db_url)
    yield store
    store.close()


@pytest.fixture(scope="module")
async def serve(settings: Settings, store: Store) -> AsyncIterator[Serve]:
    """Serves the course with some settings changed; the same service for the same changes."""
    async with AsyncExitStack() as stack:
        running: dict[str, RunningService] = {}

        async def start(**changes: object) -> RunningService:
            if (name := repr(changes)) not in running:
                course = serve_course(replace(settings, **changes), store, WillingSandbox())
                running[name] = await stack.enter_async_context(course)
            return running[name]

        yield start
