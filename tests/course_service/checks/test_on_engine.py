"""What learners' builds and containers do to the judge: each ends in time, with its own code."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from course_service.judge import judge, sandbox_factory
from course_service.submission import Submission, read_folder

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
    """Judges files as lab1 does, with short limits."""
    limits = {"builds": {"timeout_seconds": 25}, "serves_http": {"start_seconds": 4}}
    checks = tuple(check.model_copy(update=limits.get(check.kind, {})) for check in lab1.description.checks)
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
        pytest.param({"Dockerfile": BASE + "RUN fallocate -l 9G /big"}, ["disk_full"], id="a full disk"),
        pytest.param(
            {"Dockerfile": BASE + "RUN python -c \"[open(f'/{n}', 'w').close() for n in range(100_000)]\""},
            ["disk_full"],
            id="a hundred thousand files",
        ),
        pytest.param(
            {"Dockerfile": BASE + 'RUN bash -c "f(){ f|f& };f; sleep 500"'}, ["build_timeout"], id="fork bomb"
        ),
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


@contextmanager
def hanging_proxy() -> Iterator[int]:
    """A proxy that takes every connection and never answers."""
    with socket.create_server(("0.0.0.0", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield port


@contextmanager
def failing_proxy() -> Iterator[int]:
    """A proxy that reaches no registry, and says so."""

    class BadGateway(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_error(502, "Bad Gateway")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("0.0.0.0", 0), BadGateway) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("proxy", [hanging_proxy, refusing_port, failing_proxy])
def test_a_registry_that_does_not_answer_is_our_fault(engine_settings, lab1, proxy):
    checks = tuple(
        check.model_copy(update={"timeout_seconds": 25} if check.kind == "builds" else {})
        for check in lab1.description.checks
    )
    lab = replace(lab1, description=lab1.description.model_copy(update={"checks": checks}))
    solution = read_folder(lab1.folder / "judge" / "solution")
    with proxy() as port:
        settings = replace(engine_settings, egress_port=port)
        result = judge(lab, solution, sandbox_factory(settings, lab, "test"), lambda _: None)
    assert not result.graded
    assert result.failures == ()
    assert "The package registry pypi.org did not answer" in result.notes.fault
