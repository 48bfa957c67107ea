"""`containrlab sessions` beside a course that is not there, and what it makes of a course's answers.

That it works with a real hub is seen in ``tests/hub_config/test_queue_and_clock.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hub_config.settings import Settings
from operator_cli.locks import try_state_lock
from operator_cli.main import cli
from operator_cli.passwords import make_operator_token, operator_token
from operator_cli.up import UP_LOCK

SESSION = {
    "user": "[bold]ann",
    "state": "running",
    "started_at": "2026-11-02T10:00:00+00:00",
    "expires_at": "2026-11-02T10:30:00+00:00",
    "seconds_left": 605.4,
    "extensions": 1,
}


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `containrlab sessions` with these tests' settings."""
    monkeypatch.setenv("CONTAINRLAB_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("CONTAINRLAB_COURSE_PORT", str(settings.course_port))

    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, ["sessions", *arguments], input=typed)

    return run


@contextmanager
def course_that_answers(
    settings: Settings, answer: dict[str, Any] | str, status: int = 200
) -> Iterator[list[str]]:
    """Something at the course's port; yields what it was asked."""
    asked = []
    body = answer if isinstance(answer, str) else json.dumps(answer)

    class Handler(BaseHTTPRequestHandler):
        def __getattr__(self, name: str) -> Any:
            if name in ("do_GET", "do_POST"):
                return self.answer
            raise AttributeError(name)

        def answer(self) -> None:
            assert self.headers["Authorization"] == f"token {operator_token(settings)}"
            asked.append(f"{self.command} {self.path.removeprefix('/services/course/api/')}")
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    make_operator_token(settings)
    with HTTPServer(("127.0.0.1", settings.course_port), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def test_without_a_course_it_says_so_and_makes_nothing(run, settings):
    answer = run("list")
    assert answer.exit_code == 2
    assert "Error: No course runs here" in answer.stderr
    assert not settings.state_dir.exists()
    make_operator_token(settings)
    assert f"nothing listens on port {settings.course_port}" in run("end", "ann").stderr


def test_a_course_that_starts_is_told_from_none(run, settings):
    make_operator_token(settings)
    with try_state_lock(settings, UP_LOCK):
        assert "Error: The course service does not answer" in run("list").stderr


def test_another_program_at_the_port_is_none(run, settings):
    with course_that_answers(settings, "<html>"):
        assert "is another program" in run("list").stderr


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("learner_not_found", "There is no such learner"),
        ("session_not_found", "There is nothing to do"),
        ("extension_refused", "The session is not extended"),
        ("not_allowed", "does not know this command"),
        ("hub_unavailable", "does not answer"),
    ],
)
def test_a_refusal_is_told_with_the_services_words(run, settings, code, said):
    with course_that_answers(settings, {"code": code, "message": "So it is."}, 404):
        answer = run("extend", "ann")
    assert answer.exit_code == 2
    assert said in answer.stderr
    assert ("So it is." in answer.stderr) is (code != "not_allowed")


def test_the_list_shows_who_works_and_who_waits(run, settings):
    listed = {
        "sessions": [SESSION],
        "waiting": [{"user": "cem", "place": 1, "expected_seconds": 61}],
    }
    with course_that_answers(settings, listed):
        shown = run("list").stdout
        assert json.loads(run("list", "--json").stdout) == listed
    assert "[bold]ann" in shown
    assert "10:05" in shown
    assert "1. in line: cem, expected to wait 2 min" in shown


def test_who_is_not_extended_is_named(run, settings):
    answer = {"sessions": [SESSION], "refused": [{"user": "ben", "message": "No longer."}]}
    with course_that_answers(settings, answer) as asked:
        extended = run("extend", "--all")
    assert (extended.exit_code, asked) == (1, ["POST sessions/extend"])
    assert "1 session extended." in extended.stdout
    assert extended.stderr == "Not extended, ben: No longer.\n"


def test_all_are_ended_only_after_a_yes(run, settings):
    with course_that_answers(settings, {"sessions": [SESSION]}) as asked:
        assert run("end", "--all", typed="n\n").exit_code == 1
        assert asked == ["GET sessions"]
        assert "End every session that runs now (1)?" in run("end", "--all", typed="y\n").stdout
    assert asked[-1] == "POST sessions/end"


@pytest.mark.parametrize("arguments", [["end"], ["extend"], ["end", "ann", "--all"]])
def test_one_or_all_must_be_named(run, arguments):
    assert run(*arguments).exit_code == 2


def test_a_hostile_name_stays_a_name(run, settings):
    with course_that_answers(settings, SESSION) as asked:
        run("end", "../x?y/extend")
    assert asked == ["POST sessions/..%2Fx%3Fy%2Fextend/end"]
