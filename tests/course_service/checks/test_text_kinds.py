"""The kinds that read the Dockerfile take it for what it does, however it is written."""

from __future__ import annotations

import re

import pytest

from course_service.checks.image_excludes import path_expression
from course_service.checks.layer_order import LayerOrder
from course_service.checks.pip_no_cache import PipNoCache
from course_service.submission import Submission

ORDER = LayerOrder(kind="layer_order", title="t", manifest="requirements.txt", source="app.py")
NO_CACHE = PipNoCache(kind="pip_no_cache", title="t", manifest="requirements.txt")


def dockerfile(*lines: str) -> Submission:
    return Submission({"Dockerfile": "\n".join(("FROM python:3.13-slim", *lines)).encode()})


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            ("COPY requirements.txt /tmp/needed.txt", "RUN pip install -r /tmp/needed.txt", "COPY . ."),
            id="copied under another name",
        ),
        pytest.param(
            (
                "RUN --mount=type=bind,source=requirements.txt,target=/needed pip install -r /needed",
                "COPY . .",
            ),
            id="mounted under another name",
        ),
        pytest.param(("COPY requirements.txt .", "RUN pip install -r requirements.txt", "ADD . ."), id="ADD"),
    ],
)
def test_the_right_order_is_seen(lines):
    assert not ORDER.inspect(dockerfile(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(
            ("COPY requirements.txt a.txt", "RUN pip install -r b.txt", "COPY . ."), id="other name"
        ),
        pytest.param(
            ("COPY other.txt needed.txt", "RUN pip install -r needed.txt", "COPY . ."), id="other file"
        ),
    ],
)
def test_the_install_of_another_file_is_not_that_of_the_requirements(lines):
    failures = ORDER.inspect(dockerfile(*lines))
    assert [failure.code for failure in failures] == ["pip_install_missing"]


@pytest.mark.parametrize(
    ("before", "command", "leaves_no_cache"),
    [
        ("", "pip install --no-cache-dir -r requirements.txt", True),
        ("", "pip --no-cache-dir install -r requirements.txt", True),
        ("ENV PIP_NO_CACHE_DIR=1", "pip install -r requirements.txt", True),
        pytest.param(
            "ENV PIP_NO_CACHE_DIR=off", "pip install -r requirements.txt", True, id="off is on to pip"
        ),
        ("ENV PIP_NO_CACHE_DIR=", "pip install -r requirements.txt", False),
        ("", "PIP_NO_CACHE_DIR=0 pip install -r requirements.txt", True),
        ("", "pip install -r requirements.txt # --no-cache-dir", False),
        ("", "pip install --no-cache-dir wheel && pip install -r requirements.txt", False),
    ],
)
def test_the_cache_is_off_where_pip_says_so(before, command, leaves_no_cache):
    failures = NO_CACHE.inspect(dockerfile("COPY requirements.txt .", before, f"RUN {command}"))
    assert (len(failures) == 0) == leaves_no_cache


@pytest.mark.parametrize(
    ("path", "line", "is_meant"),
    [
        ("**/node_modules/typescript", "app/node_modules/typescript/", True),
        ("**/node_modules/typescript", "node_modules/typescript/", True),
        ("**/node_modules/typescript", "app/node_modules/typescript-eslint/", False),
        ("**/node_modules/@types/*", "app/node_modules/@types/node/", True),
        pytest.param(
            "**/node_modules/@types/*", "app/node_modules/@types/", False, id="an empty folder is left"
        ),
        ("**/server.ts", "app/src/server.ts", True),
        ("**/*.ts", "app/src/server.tsx", False),
    ],
)
def test_a_path_is_found_in_a_listing(path, line, is_meant):
    assert (re.match(path_expression(path), line) is not None) == is_meant
