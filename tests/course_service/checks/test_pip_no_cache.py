"""Whether pip's cache stays out of the image, by the text."""

from __future__ import annotations

import pytest

from course_service.checks.pip_no_cache import PipNoCache

from .inspecting import codes, inspect

CHECK = PipNoCache(kind="pip_no_cache", title="cache", manifest="requirements.txt")
INSTALL = "pip install -r requirements.txt"
MISSING = ["pip_cache_flag_missing"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("RUN pip install --no-cache-dir -r requirements.txt", []),
        ("RUN pip install -r requirements.txt --no-cache-dir", []),
        ("RUN pip --no-cache-dir install -r requirements.txt", []),
        ("RUN pip install \\\n  --no-cache-dir \\\n  -r requirements.txt", []),
        ('RUN ["pip", "install", "--no-cache-dir", "-r", "requirements.txt"]', []),
        ("RUN <<EOF\npip install --no-cache-dir -r requirements.txt\nEOF", []),
        pytest.param("RUN pip install --no-cache -r requirements.txt", [], id="pip takes the beginning"),
        ("RUN uv pip install --no-cache -r requirements.txt", []),
        (f"ENV PIP_NO_CACHE_DIR=1\nRUN {INSTALL}", []),
        (f"ENV A=1 PIP_NO_CACHE_DIR=on\nRUN {INSTALL}", []),
        (f"ENV PIP_NO_CACHE_DIR 1\nRUN {INSTALL}", []),
        pytest.param(f"ENV PIP_NO_CACHE_DIR=0\nRUN {INSTALL}", [], id="pip takes 0 for yes too"),
        (f"ARG PIP_NO_CACHE_DIR=1\nRUN {INSTALL}", []),
        (f"RUN PIP_NO_CACHE_DIR=1 {INSTALL}", []),
        (f"RUN export PIP_NO_CACHE_DIR=1 && {INSTALL}", []),
        (f"RUN --mount=type=cache,target=/root/.cache/pip {INSTALL}", []),
        (f"RUN --mount=type=cache,target=/root/.cache,sharing=locked {INSTALL}", []),
        (f"RUN --mount=target=/x/pip,type=cache {INSTALL}", []),
        (f"RUN {INSTALL} && rm -rf /root/.cache", []),
        (f"RUN {INSTALL}", MISSING),
        (f"RUN {INSTALL} # --no-cache-dir", MISSING),
        (f"# --no-cache-dir\nRUN {INSTALL}", MISSING),
        (f"RUN pip install --no-cache-dir --upgrade pip && {INSTALL}", MISSING),
        (f"RUN pip install --no-cache-dir flask\nRUN {INSTALL}", MISSING),
        (f"RUN {INSTALL} && pip install --no-cache-dir flask", MISSING),
        (f"RUN echo --no-cache-dir && {INSTALL}", MISSING),
        ("RUN pip install --no-compile -r requirements.txt", MISSING),
        (f"RUN rm -rf /root/.cache && {INSTALL}", MISSING),
        (f"RUN {INSTALL}\nRUN rm -rf /root/.cache", MISSING),
        (f"RUN {INSTALL} && rm -rf /var/lib/apt/lists", MISSING),
        (f"RUN --mount=type=cache,target=/var/cache/apt {INSTALL}", MISSING),
        (f"RUN --mount=type=bind,target=/x/pip {INSTALL}", MISSING),
        (f"ENV PIP_NO_CACHE_DIR=\nRUN {INSTALL}", MISSING),
        (f"ENV PIP_NO_CACHE_DIR=1\nENV PIP_NO_CACHE_DIR=\nRUN {INSTALL}", MISSING),
        (f"ENV A=PIP_NO_CACHE_DIR B=1\nRUN {INSTALL}", MISSING),
        (f"RUN {INSTALL}\nENV PIP_NO_CACHE_DIR=1", MISSING),
        (f"RUN export PIP_NO_CACHE_DIR=1\nRUN {INSTALL}", MISSING),
        pytest.param(
            f"RUN pip install --no-cache-dir -r requirements.txt\nRUN {INSTALL}",
            MISSING,
            id="the second keeps it",
        ),
        ("RUN pip install flask", None),
        ("CMD x", None),
    ],
)
def test_the_cache_is_judged(body, expected):
    assert codes(CHECK, f"FROM python\n{body}\n") == expected


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        (f"FROM a AS b\nENV PIP_NO_CACHE_DIR=1\nFROM b\nRUN {INSTALL}\n", []),
        (f"FROM a AS b\nRUN {INSTALL}\nFROM b\n", MISSING),
        pytest.param(
            f"FROM a AS b\nRUN {INSTALL}\nFROM a\nCOPY --from=b /x /x\n",
            [],
            id="a builder's cache stays there",
        ),
        pytest.param(
            f"FROM a AS b\nRUN pip install --no-cache-dir -r requirements.txt\nFROM a\nRUN {INSTALL}\n",
            MISSING,
            id="right in a stage that is never built",
        ),
        pytest.param(f"FROM a AS b\nRUN {INSTALL}\nFROM a\n", None, id="installed where nothing is built"),
        ("", None),
    ],
)
def test_what_counts_is_the_image(dockerfile, expected):
    assert codes(CHECK, dockerfile) == expected


def test_the_message_names_the_line_of_the_install_that_keeps_its_cache():
    (failure,) = inspect(CHECK, f"FROM a\nRUN pip install --no-cache-dir pip\n\nRUN {INSTALL}\n")
    assert "line 4" in failure.message
    assert failure.hint == "In line 4, write: pip install --no-cache-dir -r requirements.txt"
