"""What learners' builds and containers do to the judge: each ends in time, with its own code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_service.judge import judge, sandbox_factory
from course_service.submission import Submission

pytestmark = pytest.mark.engine

BASE = "FROM python:3.13-slim\n"
SERVER = (
    "from http.server import *\n"
    "class H(BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "{}\n"
    "HTTPServer(('0.0.0.0', 8080), H).serve_forever()\n"
)


def serving(*lines: str) -> dict[str, str]:
    body = "\n".join(f"        {line}" for line in lines)
    return {
        "Dockerfile": BASE + 'COPY app.py .\nCMD ["python", "-u", "app.py"]\n',
        "app.py": SERVER.format(body),
    }


@pytest.fixture
def judge_files(engine_settings, lab1):
    """Judges files as lab1 does but for its last check, with short limits."""
    limits = {"builds": {"timeout_seconds": 25}, "serves_http": {"start_seconds": 4}}
    checks = tuple(
        check.model_copy(update=limits.get(check.kind, {}))
        for check in lab1.description.checks
        if getattr(check, "path", "") != "/hello/{nonce}"  # these servers answer all paths alike
    )
    lab = replace(lab1, description=lab1.description.model_copy(update={"checks": checks}))

    def run(files: dict[str, str]):
        content = {".dockerignore": "venv\n__pycache__\n", **files}
        submission = Submission({path: text.encode() for path, text in content.items()})
        return judge(lab, submission, sandbox_factory(engine_settings, lab, "test"), lambda _: None)

    return run


OK = ("self.send_response(200)", "self.end_headers()", "self.wfile.write(b'ok')")


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        pytest.param(serving(*OK), [], id="a plain server passes"),
        pytest.param({"Dockerfile": BASE + "RUN yes"}, ["output_limit"], id="RUN yes"),
        pytest.param({"Dockerfile": BASE + "RUN sleep 1000"}, ["build_timeout"], id="RUN sleep"),
        pytest.param(
            {"Dockerfile": BASE + "RUN python -c \"x = b'x' * 3_000_000_000\""},
            ["out_of_memory"],
            id="memory",
        ),
        pytest.param(
            {"Dockerfile": BASE + "ADD http://example.com/x /x"},
            ["network_refused"],
            id="ADD from the internet",
        ),
        pytest.param(
            {
                "Dockerfile": BASE
                + "RUN python -c \"import urllib.request as u; u.urlopen('https://example.com')\""
            },
            ["network_refused"],
            id="RUN reaches out",
        ),
        pytest.param(
            {"Dockerfile": BASE + "RUN echo Successfully built deadbeef; false"},
            ["docker_build_failed"],
            id="words of success",
        ),
        pytest.param({"Dockerfile": "\x00\x01\x02"}, ["docker_build_failed"], id="binary Dockerfile"),
        pytest.param(
            {"Dockerfile": BASE + "COPY ../../etc/passwd /\n"}, ["docker_build_failed"], id="COPY .."
        ),
        pytest.param(
            {"Dockerfile": "# syntax=evil/frontend\n" + BASE}, ["docker_build_failed"], id="own frontend"
        ),
        pytest.param(
            serving("self.send_response(302)", "self.send_header('Location', '/x')", "self.end_headers()"),
            ["healthcheck_failed"],
            id="redirect",
        ),
        pytest.param(
            serving("self.send_response(500)", "self.end_headers()"), ["healthcheck_failed"], id="status 500"
        ),
        pytest.param(
            serving(*OK[:2], "while True: self.wfile.write(b'x' * 65536)"),
            ["healthcheck_failed"],
            id="endless answer",
        ),
        pytest.param(
            serving("import time", *OK[:2], "time.sleep(600)"), ["healthcheck_failed"], id="answer never ends"
        ),
        pytest.param(
            {**serving(*OK), ".dockerignore": "[\n"},
            ["dockerignore_missing_entries", "docker_build_failed"],
            id="ignore file that the engine cannot read",
        ),
        pytest.param(
            {**serving(*OK), ".dockerignore": "**/venv/**\n**/__pycache__\n"}, [], id="other ways to say it"
        ),
        pytest.param({**serving(*OK), ".dockerignore": "*\n!app.py\n"}, [], id="everything but the app"),
    ],
)
def test_it_ends_with_its_code(judge_files, files, codes):
    result = judge_files(files)
    assert result.graded, result.notes.fault
    assert [failure.code.value for failure in result.failures] == codes


def test_logs_are_stored_clean_and_capped(judge_files):
    noise = r"RUN printf '\033[31m<img src=x onerror=alert(1)>\033[0m\007\r\n' && seq 1 40000 && false"
    result = judge_files({"Dockerfile": BASE + noise})
    text = "\n".join(result.notes.build_logs)
    assert "<img src=x onerror=alert(1)>" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "bytes left out]" in text
    assert len(text) < 70_000
