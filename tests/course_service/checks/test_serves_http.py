"""What curl printed, read."""

from __future__ import annotations

import pytest

from course_service.checks.serves_http import Answer, parse_answer
from course_service.sandbox import Run


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
