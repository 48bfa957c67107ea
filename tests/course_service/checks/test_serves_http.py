"""What curl printed, read, and what an answer must have."""

from __future__ import annotations

import json

import pytest

from course_service.checks.serves_http import Answer, ServesHttp, parse_answer
from course_service.sandbox import Run
from tests.course_service.sandbox_stand_ins import WillingSandbox

from .workbenches import bench_with_image


@pytest.mark.parametrize(
    ("exit_code", "output", "expected"),
    [
        (0, "HTTP/1.1 200 OK\nA: b\n\nhello", Answer(200, "hello")),
        (0, "HTTP/1.1 204 No Content\n\n", Answer(204, "")),
        (0, "HTTP/1.1 302 Found\nLocation: http://127.0.0.1:8001/\n\n", Answer(302, "")),
        (7, "curl: (7) Failed to connect", Answer(problem="the connection was refused")),
        (52, "curl: (52) Empty reply", Answer(problem="the connection was closed without an answer")),
        (
            28,
            "HTTP/1.1 200 OK\n\nslow",
            Answer(200, "slow", "no whole answer came within 5 seconds"),
        ),
        (23, "HTTP/1.1 200 OK\n\nxxx", Answer(200, "xxx", "the answer was longer than 64 KiB")),
        (99, "?", Answer(problem="the request failed (curl's exit code 99)")),
        pytest.param(0, "SSH-2.0-OpenSSH", Answer(problem="the answer was not HTTP"), id="not HTTP"),
    ],
)
def test_an_answer_is_its_first_status_line_and_how_curl_ended(exit_code, output, expected):
    assert parse_answer(Run(exit_code, output)) == expected


@pytest.mark.parametrize(
    ("body", "wanted", "expected"),
    [
        ('{"status": "ok"}', {"status": "ok"}, True),
        ('{"status": "ok", "more": 1}', {"status": "ok"}, True),
        ('\n {"a": {"b": [1, "x", null]}} \n', {"a": {"b": [1, "x", None]}}, True),
        ('{"a": 1.0}', {"a": 1}, True),
        ("{}", {}, True),
        ('{"status": "OK"}', {"status": "ok"}, False),
        ('{"state": "ok"}', {"status": "ok"}, False),
        ('{"a": null}', {"a": "x"}, False),
        ("{}", {"a": None}, False),
        pytest.param('{"a": 1}', {"a": True}, False, id="1 is not true"),
        pytest.param('{"a": false}', {"a": 0}, False, id="false is not 0"),
        pytest.param('{"a": [1]}', {"a": [True]}, False, id="nor in a list"),
        pytest.param('{"a": {"b": 1, "c": 2}}', {"a": {"b": 1}}, False, id="an inner object is whole"),
        ('{"a": [1, 2]}', {"a": [1]}, False),
        ('{"a": "1"}', {"a": 1}, False),
        ('["status", "ok"]', {"status": "ok"}, False),
        ('"status"', {"status": "ok"}, False),
        ("status ok", {"status": "ok"}, False),
        ("<b>{}</b>", {}, False),
        ("", {}, False),
        pytest.param("[" * 60_000, {"a": 1}, False, id="nested without end"),
        pytest.param('{"a":' * 10_000, {"a": 1}, False, id="objects without end"),
        pytest.param("9" * 60_000, {"a": 1}, False, id="a number without end"),
        pytest.param('{"a": ' + "9" * 5_000 + "}", {"a": 1}, False, id="a huge member"),
        pytest.param('{"a": "\\ud800"}', {"a": "x"}, False, id="half a character"),
        pytest.param('{"a": NaN}', {"a": 1}, False, id="not a number"),
    ],
)
def test_a_body_has_the_members_that_are_wanted(body, wanted, expected):
    sandbox = AnsweringSandbox(lambda url: body)
    check = ServesHttp(kind="serves_http", title="t", port=80, path="/", body_json=wanted)
    assert (judged(sandbox, check) == ()) is expected


class AnsweringSandbox(WillingSandbox):
    """Each request is answered 200 with what `answer_to` makes of its URL."""

    def __init__(self, answer_to) -> None:
        super().__init__()
        self._answer_to = answer_to

    def answer(self, command: str, on_line) -> Run:
        if "curl" in command:
            return Run(0, f"HTTP/1.1 200 OK\n\n{self._answer_to(command.rpartition(' ')[2])}")
        return super().answer(command, on_line)


def judged(sandbox, check):
    bench = bench_with_image(sandbox)
    return check.run(bench)


def echo(url: str) -> str:
    return json.dumps({"said": url.rpartition("/")[2], "ok": True})


ECHO = {"said": "{nonce}", "ok": True}


def test_the_nonce_is_one_in_path_and_answer():
    check = ServesHttp(
        kind="serves_http", title="t", port=80, path="/echo/{nonce}", body_json=ECHO, body_contains="{nonce}"
    )
    assert judged(AnsweringSandbox(echo), check) == ()


def test_an_answer_written_beforehand_has_not_the_nonce():
    check = ServesHttp(kind="serves_http", title="t", port=80, path="/echo/{nonce}", body_json=ECHO)
    (failure,) = judged(AnsweringSandbox(lambda url: json.dumps(ECHO)), check)
    assert failure.code == "healthcheck_failed"
    assert "{nonce}" not in failure.message.partition("Its answer")[0]


def test_each_attempt_has_a_nonce_of_its_own():
    asked = []
    check = ServesHttp(kind="serves_http", title="t", port=80, path="/{nonce}", body_contains="{nonce}")
    sandbox = AnsweringSandbox(lambda url: asked.append(url) or url)
    assert judged(sandbox, check) == ()
    assert judged(sandbox, check) == ()
    assert len(set(asked)) == 2
