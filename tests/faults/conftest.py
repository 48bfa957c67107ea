"""The course whose parts are killed, on an engine of its own that is killed too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from tests.claims_table import Claim
from tests.running_course import own_settings, run_course

from .classroom import Classroom
from .fault import Fault
from .own_engine import OwnEngine
from .row import TABLE, UNKNOWN, Begin, Row

PREFIX = "cf"
GATEWAY = "10.214.16.249/29"


@pytest.fixture(scope="session")
def instance() -> str:
    """Not the other tests' instance: they count what is left of theirs while this course runs."""
    return "containrlab-test-faults"


@pytest.fixture(scope="package")
def classroom(engine: docker.APIClient, image_store: str, instance: str) -> Iterator[Classroom]:
    """A course, and what kills its parts. `engine` is the machine's: images are copied from there."""
    folder = Path(tempfile.mkdtemp(prefix="cl-"))
    state_dir = folder / "course" / "state"
    state_dir.mkdir(parents=True)
    own = OwnEngine(folder, state_dir, bridge_prefix=PREFIX, gateway=GATEWAY)
    try:
        client = own.start(engine)
        overrides = {
            **own_settings(instance, bridge_prefix=PREFIX, networks="10.214.16.0/25", first_port=18130),
            "CONTAINRLAB_JUDGE_SPARES": "0",  # so that what is there of the judge's is an attempt's
            "CONTAINRLAB_SESSION_DISK_MB": "512",
            "CONTAINRLAB_WORKSPACE_MB": "128",
            "DOCKER_HOST": own.address,
            "PATH": f"{own.programs}:{os.environ['PATH']}",
        }
        with closing(client), run_course(client, folder / "course", overrides) as course:
            yield Classroom(course, client, own)
    finally:
        own.end()


@pytest.fixture
def begin(claim: Callable[..., Claim], classroom: Classroom) -> Begin:
    """Begins a fault's line, with a learner who has just saved files."""

    def begin(fault: Fault, name: str) -> Row:
        line = claim(TABLE, fault.killed, fault.meanwhile, UNKNOWN, UNKNOWN, expected=fault.learner)
        learner = classroom.learner(name)
        learner.save("lab1/work.txt")
        learner.save("notes.bin")
        return Row(line, fault, classroom, learner)

    return begin
