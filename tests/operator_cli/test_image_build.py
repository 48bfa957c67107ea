"""A build's progress, and what is said where it fails."""

from __future__ import annotations

import io

import docker
import pytest

from operator_cli.build_context import BuildContext, ContextFile
from operator_cli.errors import ImageBuildFailed
from operator_cli.image_build import build_image, find_image, follow_build
from operator_cli.progress import Progress


def test_steps_are_told(progress: Progress, told: io.StringIO):
    events = [
        {"stream": "Step 1/2 : FROM debian\n"},
        {"stream": " ---> 123\n"},
        {"stream": "Step 2/2 : RUN apt-get update &&     apt-get install git\n"},
        {"aux": {"ID": "sha256:1"}},
    ]
    follow_build("tag", events, progress)
    assert told.getvalue().splitlines() == [
        "  Step 1 of 2: FROM debian",
        "  Step 2 of 2: RUN apt-get update && apt-get install git",
    ]


def test_failure_names_the_step_and_ends_with_the_log(progress: Progress):
    lines = [{"stream": f"line {number}\n"} for number in range(50)]
    events = [{"stream": "Step 3/9 : RUN false\n"}, *lines, {"error": "returned a non-zero code: 1"}]
    with pytest.raises(ImageBuildFailed) as failure:
        follow_build("tag", events, progress)
    assert failure.value.reason == "Step 3 of 9: RUN false failed: returned a non-zero code: 1"
    assert failure.value.log_tail == tuple(f"line {number}" for number in range(20, 50))


@pytest.mark.engine
def test_real_failure(clean_engine: docker.APIClient, progress: Progress):
    context = BuildContext({"Dockerfile": ContextFile(b"FROM debian:trixie-slim\nRUN echo hello; exit 3\n")})
    with pytest.raises(ImageBuildFailed, match="Step 2 of 3: RUN echo hello; exit 3 failed") as failure:
        build_image(clean_engine, context, tag="containrlab-test:x", labels={"a": "b"}, progress=progress)
    assert "hello" in failure.value.log_tail
    assert find_image(clean_engine, "containrlab-test:x") is None
