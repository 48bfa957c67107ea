"""A few of the logs, made anew: an engine, a pip or a node that says it otherwise is seen here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course_service.log_explanations import explain_log
from course_service.sandbox import Sandbox
from course_service.sandbox_life import open_sandbox
from spawner.session_policy import Egress
from tests.course_service.explanations.produce_logs import SCENARIOS, produce

pytestmark = pytest.mark.engine

# One of each family, that needs no registry.
MADE_ANEW = (
    "unknown-instruction",
    "copy-not-in-context",
    "shell-command-not-found",
    "program-not-in-image",
    "port-taken",
    "pip-requirements-missing",
    "python-no-module",
    "node-no-package",
)


@pytest.fixture
def sandbox(engine_settings) -> Iterator[Sandbox]:
    """A judge's sandbox, without a way to anything."""
    with open_sandbox(engine_settings, Egress.NONE, "test") as sandbox:
        yield sandbox


def test_a_log_made_anew_is_explained_as_the_stored_one_is(sandbox: Sandbox):
    found = {}
    for name in MADE_ANEW:
        log = produce(sandbox, SCENARIOS[name])
        found[name] = [one.name for one in explain_log(log.splitlines())][:1] or [log]
    assert found == {name: [SCENARIOS[name].expected] for name in MADE_ANEW}
