"""What a command in a container of the image prints."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from course_service.checks.command_output import CommandOutput
from course_service.errors import SandboxFault
from course_service.sandbox import Run
from tests.course_service.sandbox_stand_ins import WillingSandbox

from .workbenches import bench_with_image


class PrintingSandbox(WillingSandbox):
    """A container ends as `run` says; without one it prints its own command."""

    def __init__(self, run: Run | None = None) -> None:
        super().__init__()
        self._run = run

    def answer(self, command: str, on_line) -> Run:
        return (self._run or Run(0, command)) if command.startswith("docker run") else Run(0, "")


class EnginelessSandbox(PrintingSandbox):
    """Its engine has gone."""

    def __init__(self) -> None:
        super().__init__(Run(125, "docker: Cannot connect to the Docker daemon at unix://x"))

    def answer(self, command: str, on_line) -> Run:
        return Run(1, "") if command == "docker version" else super().answer(command, on_line)


def judged(sandbox: PrintingSandbox, **parameters):
    bench = bench_with_image(sandbox)
    found = CommandOutput(kind="command_output", title="t", **parameters).run(bench)
    assert ["docker", "rm", "--force"] in [command[:3] for command in sandbox.commands]
    return found


@pytest.mark.parametrize(
    ("run", "parameters"),
    [
        (Run(0, ""), {}),
        (Run(0, "v22.1.0\n"), {"contains": "v22."}),
        (Run(3, "no\n"), {"exit_code": 3}),
        (Run(0, "Cannot connect to the Docker daemon\n"), {"contains": "Cannot"}),
    ],
)
def test_it_passes(run, parameters):
    assert judged(PrintingSandbox(run), **parameters) == ()


@pytest.mark.parametrize(
    ("run", "parameters", "said"),
    [
        (Run(1, "oh no"), {}, "ended with exit code 1; it must be 0. It printed: oh no"),
        (Run(0, ""), {"exit_code": 3}, "ended with exit code 0; it must be 3. It printed: nothing"),
        (Run(0, "v18"), {"contains": "v22"}, "did not print 'v22'"),
        (Run(137, "", timed_out=True), {}, "did not end within 30 seconds"),
        (Run(137, "x", over_limit=True), {}, "printed more than 64 KiB"),
        (Run(1, "Cannot connect to the Docker daemon"), {}, "ended with exit code 1"),
        (Run(1, "\x1b[31mred\x07"), {}, "It printed: red"),
    ],
)
def test_it_fails_and_says_why(run, parameters, said):
    (failure,) = judged(PrintingSandbox(run), **parameters)
    assert failure.code == "command_output_wrong"
    assert said in failure.message


def test_the_message_names_the_command_or_the_images_own():
    (failure,) = judged(PrintingSandbox(Run(1, "")), command=("node", "--version"))
    assert "node --version ended" in failure.message
    (failure,) = judged(PrintingSandbox(Run(1, "")))
    assert "the image's own command ended" in failure.message


def test_the_nonce_is_one_in_command_and_output():
    assert judged(PrintingSandbox(), command=("echo", "{nonce}"), contains="t echo {nonce}") == (), (
        "the sandbox prints the command that it was given"
    )


def test_a_text_known_beforehand_is_not_the_nonce():
    assert judged(PrintingSandbox(Run(0, "<{nonce}>")), command=("quote", "{nonce}"), contains="<{nonce}>")


@pytest.mark.parametrize(
    ("command", "contains"),
    [
        (["echo", "{nonce}"], "{nonce}"),
        (["app", "--greet", "world"], "world"),
        pytest.param(["app", "--greet", "world"], "greet world", id="over two words"),
    ],
)
def test_what_stands_in_the_command_is_not_asked_for(command, contains):
    with pytest.raises(ValidationError, match="prints its command back would pass"):
        CommandOutput(kind="command_output", title="t", command=command, contains=contains)


def test_an_engine_that_has_gone_is_our_fault():
    with pytest.raises(SandboxFault):
        judged(EnginelessSandbox())


def test_a_program_that_says_so_is_the_learners():
    words = Run(1, "docker: Cannot connect to the Docker daemon at unix://x")
    (failure,) = judged(PrintingSandbox(words))
    assert failure.code == "command_output_wrong"
