"""The order of copying and installing, judged by the text."""

from __future__ import annotations

import pytest

from course_service.checks.layer_order import LayerOrder

from .inspecting import codes, inspect

CHECK = LayerOrder(kind="layer_order", title="order", manifest="requirements.txt", source="app.py")
BASE = "FROM python:3.13-slim\nWORKDIR /app\n"
LIST = "COPY requirements.txt .\n"
INSTALL = "RUN pip install -r requirements.txt\n"
ALL = "COPY . .\n"


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        (BASE + LIST + INSTALL + ALL, []),
        (BASE + LIST + INSTALL + "COPY app.py .\n", []),
        (BASE + "COPY *.txt ./\n" + INSTALL + "ADD app.py .\n", []),
        (BASE + "copy requirements.txt .\nrun pip install -r requirements.txt\ncopy . .\n", []),
        (BASE + LIST + "RUN <<EOF\npip install -r requirements.txt\nEOF\n" + ALL, []),
        (
            BASE
            + "RUN --mount=type=bind,source=requirements.txt,target=r/requirements.txt "
            + "pip install -r r/requirements.txt\n"
            + ALL,
            [],
        ),
        (BASE + ALL + INSTALL, ["layer_order_incorrect"]),
        (BASE + LIST + ALL + INSTALL, ["layer_order_incorrect"]),
        (BASE + ALL + LIST + INSTALL, ["layer_order_incorrect"]),
        (BASE + "COPY requirements.txt app.py ./\n" + INSTALL, ["layer_order_incorrect"]),
        pytest.param(
            BASE + LIST + INSTALL + ALL + INSTALL,
            ["layer_order_incorrect"],
            id="installed once more, too late",
        ),
        (BASE + INSTALL + LIST + "COPY app.py .\n", ["copy_requirements_missing"]),
        (BASE + INSTALL + ALL, ["copy_requirements_missing"]),
        pytest.param(
            BASE + INSTALL + LIST,
            ["copy_requirements_missing", "copy_source_missing"],
            id="two faults at once",
        ),
        (BASE + "# " + LIST + INSTALL + ALL, ["copy_requirements_missing"]),
        (BASE + LIST + ALL, ["pip_install_missing"]),
        (BASE + LIST + "# " + INSTALL + ALL, ["pip_install_missing"]),
        (BASE + LIST + "RUN pip install flask\n" + ALL, ["pip_install_missing"]),
        (BASE, ["pip_install_missing", "copy_source_missing"]),
        (BASE + LIST + INSTALL, ["copy_source_missing"]),
        (BASE + LIST + INSTALL + "# COPY . .\n", ["copy_source_missing"]),
        pytest.param(
            "FROM python AS builder\n" + LIST + INSTALL + "FROM python\nCOPY --from=builder /x /x\n" + ALL,
            [],
            id="installed in a builder",
        ),
        pytest.param(
            "FROM python AS builder\n" + ALL + INSTALL + "FROM python\nCOPY --from=builder /x /x\n",
            ["layer_order_incorrect"],
            id="installed too late in a builder",
        ),
        pytest.param(
            "FROM python AS deps\n" + LIST + INSTALL + "FROM deps\n" + ALL, [], id="on an earlier stage"
        ),
        pytest.param(
            "FROM python AS deps\n" + ALL + "FROM deps\n" + INSTALL,
            ["layer_order_incorrect"],
            id="copied in the stage below",
        ),
        pytest.param(
            "FROM python AS list\nRUN poetry export -o requirements.txt\n"
            "FROM python\nCOPY --from=list /requirements.txt .\n" + INSTALL + ALL,
            [],
            id="the list comes from another stage",
        ),
        pytest.param(
            "FROM python AS good\n" + LIST + INSTALL + ALL + BASE + ALL + "RUN pip install flask\n",
            ["pip_install_missing"],
            id="right in a stage that is never built",
        ),
        pytest.param(
            BASE[:-1] + " AS no\n" + ALL + INSTALL + BASE + LIST + INSTALL + ALL,
            [],
            id="wrong in one that is not",
        ),
        pytest.param("FROM", ["pip_install_missing", "copy_source_missing"], id="FROM of nothing"),
        pytest.param("", None, id="empty"),
        pytest.param("FROM a\nRUN <<EOF\n", None, id="unreadable"),
    ],
)
def test_the_order_is_judged(dockerfile, expected):
    assert codes(CHECK, dockerfile) == expected


def test_the_message_names_both_lines():
    (failure,) = inspect(CHECK, "# a note\n" + BASE + "COPY . \\\n  .\nRUN true\n" + INSTALL)
    assert failure.message.startswith("Line 4 copies app.py before line 7 installs")


def test_the_missing_copy_is_named_by_the_line_that_wants_it():
    (failure,) = inspect(CHECK, BASE + "RUN pip install pip\n" + INSTALL + ALL)
    assert failure.message.startswith("Line 4 installs from requirements.txt")
    assert "Above line 4" in failure.hint
