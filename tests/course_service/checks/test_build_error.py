"""What the engine says about a failed build becomes a code and a sentence that helps."""

from __future__ import annotations

import pytest

from course_service.checks.build_error import explain_build_failure, may_be_the_registrys_fault
from course_service.errors import SandboxFault
from course_service.sandbox import Run


def explain(output: str, *, met_memory_limit: bool = False, **run: object):
    return explain_build_failure(
        Run(exit_code=1, output=output, **run),
        time_limit=60,
        output_limit=1024 * 1024,
        base_images=["python:3.13-slim"],
        met_memory_limit=met_memory_limit,
    )


def failed_step(*printed: str, exit_code: int = 1) -> str:
    lines = "\n".join(f"0.123 {line}" for line in printed)
    return (
        f"#5 [2/2] RUN it\n#5 ERROR: process\n------\n > [2/2] RUN it:\n{lines}\n------\n"
        "Dockerfile:2\n--------------------\n   1 |     FROM x\n   2 | >>> RUN it\n--------------------\n"
        'ERROR: failed to solve: process "/bin/sh -c it" did not complete successfully: '
        f"exit code: {exit_code}\n"
    )


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        (
            "   2 | >>> RUNN pip\nERROR: failed to solve: dockerfile parse error on line 2: "
            "unknown instruction: RUNN (did you mean RUN?)",
            "docker_build_failed",
            "Line 2 of your Dockerfile does not parse: unknown instruction: RUNN",
        ),
        (
            'ERROR: failed to solve: failed to compute cache key: ref x::y: "/app.py": not found',
            "docker_build_failed",
            "The build needs app.py, which is not in the build context",
        ),
        (
            "  20 | >>> COPY --from=builder dist ./dist\n"
            'ERROR: failed to solve: failed to compute cache key: ref x::y: "/dist": not found',
            "docker_build_failed",
            "There is no /dist in the stage that it is copied from",
        ),
        (
            "  20 | >>> COPY --from=build /app/dist ./dist\n"
            "ERROR: failed to solve: build: failed to resolve source metadata for docker.io/x: y",
            "base_image_unavailable",
            "No stage above that line is named build,",
        ),
        ("ERROR: failed to solve: file with no instructions", "docker_build_failed", "no instruction yet"),
        (
            "ERROR: failed to solve: no build stage in current context",
            "docker_build_failed",
            "instruction before its FROM",
        ),
        (
            "ERROR: failed to solve: python:2: failed to resolve source metadata for docker.io/x: y",
            "base_image_unavailable",
            "builds on the image python:2,",
        ),
        (
            "#2 resolve image config for docker-image://docker.io/docker/dockerfile:1\n"
            "ERROR: failed to solve: docker/dockerfile:1: failed to resolve source metadata for x",
            "docker_build_failed",
            "# syntax=",
        ),
        (failed_step("ERROR: no such file"), "docker_build_failed", "Its last words: ERROR: no such file."),
        (failed_step(), "docker_build_failed", "ended with exit code 1"),
        (
            failed_step("OSError('Tunnel connection failed: 403 Forbidden')"),
            "network_refused",
            "Line 2 reads",
        ),
        (failed_step("curl: (56) CONNECT tunnel failed, response 403"), "network_refused", "Line 2 reads"),
        (
            failed_step("E: Failed to fetch http://a.example/dists/x  403  Forbidden [IP: 10.213.0.1 8083]"),
            "network_refused",
            "Line 2 reads",
        ),
        (
            failed_step("npm error 403 403 Forbidden - GET https://npm.example/is-odd"),
            "network_refused",
            "Line 2 reads",
        ),
        pytest.param(
            failed_step("npm error 403 403 Forbidden - GET https://registry.npmjs.org/is-odd"),
            "docker_build_failed",
            "Its last words",
            id="a registry's own no",
        ),
        (
            'ERROR: failed to solve: failed to load cache key: Get "http://x/": dial tcp: lookup x on 127.1',
            "network_refused",
            "does not allow",
        ),
        (failed_step("write: No space left on device"), "disk_full", "filled the disk"),
        ("ERROR: failed to solve: something new", "docker_build_failed", "something new"),
    ],
)
def test_the_engines_words_choose_code_and_message(output, code, said):
    failure = explain(output)
    assert failure.code == code
    assert said in failure.message
    assert failure.hint


@pytest.mark.parametrize(
    ("run", "code"),
    [
        ({"timed_out": True}, "build_timeout"),
        ({"over_limit": True, "truncated": True}, "output_limit"),
        ({"over_limit": True, "timed_out": True}, "output_limit"),
    ],
)
def test_a_build_that_was_stopped_says_which_limit_it_met(run, code):
    assert explain("#5 [2/2] RUN it\n", **run).code == code


def test_a_step_killed_for_memory_is_out_of_memory():
    assert explain(failed_step("Killed", exit_code=137), met_memory_limit=True).code == "out_of_memory"


def test_a_step_that_ends_like_a_killed_one_is_not_out_of_memory_where_the_kernel_killed_nothing():
    assert explain(failed_step(exit_code=137), met_memory_limit=False).code == "docker_build_failed"


def test_the_hint_names_the_word_that_was_meant():
    failure = explain(
        "ERROR: dockerfile parse error on line 1: unknown instruction: FORM (did you mean FROM?)"
    )
    assert failure.hint == "Change FORM to FROM."


def test_a_missing_base_image_names_what_the_lab_offers():
    failure = explain("ERROR: failed to solve: x: failed to resolve source metadata for docker.io/x: y")
    assert "python:3.13-slim" in failure.hint


@pytest.mark.parametrize(
    "output",
    [
        "",
        "ERROR: Cannot connect to the Docker daemon at unix:///run/user/1000/docker.sock.",
        "ERROR: failed to receive status: rpc error: code = Unavailable desc = error reading: EOF",
    ],
)
def test_an_engine_that_fails_is_our_fault(output):
    with pytest.raises(SandboxFault):
        explain(output)


@pytest.mark.parametrize(
    ("output", "timed_out", "may_be"),
    [
        (failed_step("ProxyError('Tunnel connection failed: 503 Service Unavailable')"), False, True),
        (failed_step("Failed to establish a new connection: [Errno 111] Connection refused"), False, True),
        (
            failed_step("ReadTimeoutError: pypi.org: Read timed out."),
            False,
            True,
        ),
        (failed_step("npm error code ECONNRESET"), False, True),
        (failed_step("npm error 503 Service Unavailable - GET https://registry.npmjs.org/x"), False, True),
        (failed_step("ERROR: No matching distribution found for flask"), False, True),
        ("#5 installing", True, True),
        (failed_step("SyntaxError: invalid syntax"), False, False),
    ],
)
def test_a_registry_is_asked_only_where_it_may_be_its_fault(output, timed_out, may_be):
    run = Run(1, output, timed_out=timed_out)
    assert may_be_the_registrys_fault(run) is may_be


def test_an_error_line_that_a_command_prints_is_not_taken_for_the_engines():
    output = "#5 0.1 ERROR: failed to solve: x: failed to resolve source metadata for x\n" + failed_step("no")
    assert explain(output).code == "docker_build_failed"


@pytest.mark.parametrize(
    "words",
    [
        "Cannot connect to the Docker daemon",
        "code = Unavailable desc = error reading from server: EOF",
        "failed to solve: x: failed to resolve source metadata for x",
        'exit code: 137" did not complete successfully: exit code: 137',
    ],
)
def test_a_command_that_reads_like_the_engines_words_is_a_command(words):
    output = failed_step(words, f"\r------\r   7 | >>> {words}").replace(
        "/bin/sh -c it", f"/bin/sh -c echo {words}"
    )
    failure = explain(output, met_memory_limit=True)
    assert failure.code == "docker_build_failed"
    assert "ended with exit code 1." in failure.message
    assert "Line 2 reads `RUN it`." in failure.message


def test_a_long_error_is_quoted_in_part():
    assert len(explain(f"ERROR: {'x' * 10_000}").message) < 500
