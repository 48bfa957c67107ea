"""Logs and registries on real sandboxes; what means harm to the judge is in tests/hostile."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from course_service.checks.blame import blame_submission
from course_service.checks.builds import Builds
from course_service.checks.check import Workbench
from course_service.checks.command_output import CommandOutput
from course_service.checks.image_excludes import ImageExcludes
from course_service.checks.rebuild_reuses import RebuildReuses
from course_service.checks.runs_as_non_root import RunsAsNonRoot
from course_service.checks.serves_http import ServesHttp
from course_service.errors import SandboxFault
from course_service.judge import judge, sandbox_factory
from course_service.sandbox_life import open_sandbox
from course_service.submission import Submission, read_folder
from spawner.session_policy import Egress

pytestmark = pytest.mark.engine

CHECKS_OF_AN_IMAGE = (
    CommandOutput(kind="command_output", title="t", command=("true",)),
    ImageExcludes(kind="image_excludes", title="t", paths=("x",)),
    RebuildReuses(kind="rebuild_reuses", title="t", manifest="list", touch="a"),
    RunsAsNonRoot(kind="runs_as_non_root", title="t"),
    ServesHttp(kind="serves_http", title="t", port=8080, path="/"),
)
# The session starts an engine that died anew, but for this file.
END_ENGINE = 'touch "$XDG_RUNTIME_DIR/engine-stopped" && pkill -KILL -x dockerd'
BASE = "FROM python:3.13-slim\n"


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


def test_an_engine_that_has_gone_is_our_fault_whichever_check_meets_it(engine_settings):
    files = {
        "Dockerfile": f"{BASE}COPY list .\nRUN pip install --no-index -r list\nCOPY a .\n",
        "list": "",
        "a": "",
    }
    submission = Submission({path: text.encode() for path, text in files.items()})
    with open_sandbox(engine_settings, Egress.NONE, "test") as sandbox:
        sandbox.write(submission.files)
        bench = Workbench(sandbox, submission, Egress.NONE, (), lambda _: None)
        assert Builds(kind="builds", title="t").run(bench) == ()
        assert sandbox.run(["bash", "-c", END_ENGINE], timeout_seconds=10).succeeded
        for check in CHECKS_OF_AN_IMAGE:
            with pytest.raises(SandboxFault):
                check.run(bench)
            assert blame_submission(check, bench) is None, check.kind


def test_logs_are_stored_clean_and_capped(judge_files):
    noise = r"RUN printf '\033[31m<img src=x onerror=alert(1)>\033[0m\007\r\n' && seq 1 40000 && false"
    result = judge_files({"Dockerfile": BASE + noise})
    text = "\n".join(result.notes.build_logs)
    assert "<img src=x onerror=alert(1)>" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "bytes left out]" in text
    assert len(text) < 70_000


def with_one_retry(submission: Submission) -> Submission:
    """The folder, but that pip tries again once: it pauses longer before each of its five."""
    recipe = submission.files["Dockerfile"].replace(BASE.encode(), f"{BASE}ENV PIP_RETRIES=1\n".encode())
    assert recipe != submission.files["Dockerfile"]
    return replace(submission, files={**submission.files, "Dockerfile": recipe})


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


@pytest.mark.parametrize(
    ("proxy", "build_seconds"),
    [
        (hanging_proxy, 12),  # the only one where the build meets its limit
        (refusing_port, 25),
        (failing_proxy, 25),
    ],
)
def test_a_registry_that_does_not_answer_is_our_fault(engine_settings, lab1, proxy, build_seconds):
    checks = tuple(
        check.model_copy(update={"timeout_seconds": build_seconds} if check.kind == "builds" else {})
        for check in lab1.description.checks
    )
    lab = replace(lab1, description=lab1.description.model_copy(update={"checks": checks}))
    solution = with_one_retry(read_folder(lab1.folder / "judge" / "solution"))
    with proxy() as port:
        settings = replace(engine_settings, egress_port=port)
        result = judge(lab, solution, sandbox_factory(settings, lab, "test"), lambda _: None)
    assert not result.graded
    assert result.failures == ()
    assert "The package registry pypi.org did not answer" in result.notes.fault
