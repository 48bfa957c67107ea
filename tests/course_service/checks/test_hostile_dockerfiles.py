"""No Dockerfile makes a rule about text raise, or keeps it busy."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings

from course_service.checks.copy_from import CopyFrom
from course_service.checks.layer_order import LayerOrder
from course_service.checks.named_builder import NamedBuilder
from course_service.checks.pip_no_cache import PipNoCache
from course_service.checks.stages import Stages
from course_service.parsed_dockerfile import MOST_BYTES
from course_service.submission import Submission
from tests.course_service.hostile_dockerfiles import HOSTILE_DOCKERFILES

CHECKS = (
    Stages(kind="stages", title="t"),
    NamedBuilder(kind="named_builder", title="t"),
    CopyFrom(kind="copy_from", title="t"),
    LayerOrder(kind="layer_order", title="t", manifest="requirements.txt", source="src/app.py"),
    PipNoCache(kind="pip_no_cache", title="t", manifest="requirements.txt"),
)
INSTALL = "RUN pip install -r requirements.txt\n"


def inspect_all(content: bytes) -> None:
    submission = Submission({"Dockerfile": content})
    for check in CHECKS:
        for failure in check.inspect(submission) or ():
            assert failure.message
            assert failure.hint


@settings(max_examples=300, deadline=None)
@given(HOSTILE_DOCKERFILES)
def test_any_bytes_are_judged_or_left(content):
    inspect_all(content)


@pytest.mark.parametrize(
    "text",
    [
        INSTALL * 1700,
        (INSTALL + "COPY a b\n") * 1400,
        "COPY " + " ".join(f"a*{n}" for n in range(8000)) + " b\n" + INSTALL,
        "COPY " + "*a" * 30_000 + " b\n" + INSTALL,
        "COPY " + "**/" * 20_000 + "a b\n" + INSTALL,
        "RUN " + "pip install -r requirements.txt;" * 2000 + "\n",
        "RUN pip install " + "-r x " * 12_000 + "\n",
        "ENV PIP_NO_CACHE_DIR=\n" * 1000 + INSTALL * 1000,
        "ENV A=1\n" * 3000 + INSTALL * 800,
        "COPY --from=" + "9" * 5000 + " a b\n",
        "".join(f"FROM s{n} AS s{n + 1}\n{INSTALL * 20}COPY a*{n} b*{n} c\n" for n in range(49)),
        "".join(f"FROM s{n} AS s{n + 1}\nCOPY a*{n} --from=s1 c\n" for n in range(49)),
        "COPY " + " ".join(f"a*{n}" for n in range(6000)) + " b\n" + "FROM s0 AS s0\n" + INSTALL,
        "COPY " + " ".join(f"a*{n}" for n in range(6000)) + " b\n" + f"FROM s0 AS s0\n{INSTALL}" * 49,
    ],
    ids=lambda text: text[:30].replace("\n", "|"),
)
def test_the_time_is_bounded(text):
    content = f"FROM a AS s0\n{text}".encode()
    assert len(content) < MOST_BYTES, "or it is not read at all"
    started = time.process_time()
    inspect_all(content)
    assert time.process_time() - started < 5
