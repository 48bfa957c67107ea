"""The image runs and answers an HTTP request as it should.

The request is made inside the sandbox, follows no redirect, and reads a bounded part of the answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints

from ..errors import SandboxFault
from ..sandbox import Run, Sandbox
from ..verdict import Failure, FailureCode
from .build_error import DISK_FULL
from .check import NPROC_LIMIT, RUNNING_CODES, ImageCheck, Workbench
from .container_process import PROCESS_FOLDER
from .engine_life import find_refusal, has_full_disk
from .listening_sockets import ListeningSocket, parse_listening_sockets
from .nonce import fill_nonce, new_nonce

CONTAINER = "containrlab-judged"
LARGEST_ANSWER = 64 * 1024
ANSWER_SECONDS = 5
_LOG_LINES = 200
_POLL_SECONDS = 0.1
_SHOWN_PORTS = 10
_CURL_SCRIPT = f'curl "$@" | head -c {LARGEST_ANSWER}; exit "${{PIPESTATUS[0]}}"'
_CURL_ENDS = {
    7: "the connection was refused",
    23: f"the answer was longer than {LARGEST_ANSWER // 1024} KiB",
    28: f"no whole answer came within {ANSWER_SECONDS} seconds",
    52: "the connection was closed without an answer",
    56: "the connection was reset",
}

Path = Annotated[str, StringConstraints(pattern=r"^/([A-Za-z0-9._~/?&=%-]|\{nonce\})*$")]


@dataclass(frozen=True)
class Answer:
    """What one request got; `problem` in place of a status where no whole answer came."""

    status: int | None = None
    body: str = ""
    problem: str | None = None


@dataclass(frozen=True)
class ContainerState:
    """What the sandbox's engine says of the learner's container."""

    is_running: bool
    exit_code: int


class ServesHttp(ImageCheck):
    """``GET path`` on the published `port` is answered as it should be, within `start_seconds` of the start.

    The answer has `status`, contains `body_contains`, and is a JSON object with `body_json`'s members.
    ``{nonce}`` stands for a text that nobody can guess, the same one in all of these.
    """

    kind: Literal["serves_http"]
    port: int = Field(ge=1, le=65535)
    path: Path
    status: int = Field(default=200, ge=100, le=599)
    body_contains: str | None = None
    body_json: dict[str, Any] | None = None
    start_seconds: int = Field(default=15, ge=1, le=120)
    codes: ClassVar[tuple[FailureCode, ...]] = (
        FailureCode.HEALTHCHECK_FAILED,
        *RUNNING_CODES,
        FailureCode.DISK_FULL,
    )
    doing: ClassVar[str] = "Running your image and asking it for an answer"

    def run(self, workbench: Workbench) -> Sequence[Failure] | None:
        asked = self._with_nonce(new_nonce())
        if self.port not in workbench.apps:
            outcome = asked._start(workbench)
        elif workbench.apps[self.port] is None:
            return None  # an earlier check said why nothing answers there
        else:
            outcome = _ask(workbench.sandbox, asked._address)
        if (container := workbench.apps[self.port]) is not None:
            _read_log(workbench.sandbox, container, workbench.runtime_log)
        failure = outcome if isinstance(outcome, Failure) else asked._judge_answer(outcome)
        return () if failure is None else (failure,)

    def _start(self, workbench: Workbench) -> Answer | Failure:
        """Start the app, once for all checks on its port, and wait until it answers anything."""
        sandbox = workbench.sandbox
        container = f"{CONTAINER}-{self.port}"
        workbench.apps[self.port] = None
        command = ["docker", "run", "--detach", "--name", container, *NPROC_LIMIT]
        start = sandbox.run(
            [*command, "--publish", f"{self.port}:{self.port}", workbench.built.tag], timeout_seconds=30
        )
        if not start.succeeded:
            return self._did_not_start(start)
        answer, state = self._await_answer(sandbox, container)
        if state is None:
            workbench.apps[self.port] = container
            return answer
        log = _read_log(sandbox, container, workbench.runtime_log)
        if not state.is_running:
            return self._ended(sandbox, state, log)
        return self._no_answer(answer, _find_listening_sockets(sandbox, container))

    def _with_nonce(self, nonce: str) -> ServesHttp:
        filled = {
            name: fill_nonce(getattr(self, name), nonce) for name in ("path", "body_contains", "body_json")
        }
        return self.model_copy(update=filled)

    def _judge_answer(self, answer: Answer) -> Failure | None:
        problem = self._what_is_wrong(answer)
        if problem is None:
            return None
        return self.failure(
            FailureCode.HEALTHCHECK_FAILED,
            problem,
            f"Try it yourself: run the image with -p {self.port}:{self.port}, then "
            f"curl -i localhost:{self.port}{self.path}",
        )

    @property
    def _address(self) -> str:
        return f"http://localhost:{self.port}{self.path}"

    def _await_answer(self, sandbox: Sandbox, container: str) -> tuple[Answer, ContainerState | None]:
        """The first answer; without one by the deadline, how the container is."""
        deadline = time.monotonic() + self.start_seconds
        while True:
            answer = _ask(sandbox, self._address)
            if answer.status is not None:
                return answer, None
            state = _look_at_container(sandbox, container)
            if not state.is_running or time.monotonic() > deadline:
                return answer, state
            time.sleep(_POLL_SECONDS)

    def _what_is_wrong(self, answer: Answer) -> str | None:
        asked = f"GET {self.path} on port {self.port}"
        if answer.problem is not None:
            began = "got no answer" if answer.status is None else "began to answer"
            return f"{asked} {began}: {answer.problem}."
        if answer.status != self.status:
            seen = f"{asked} answered with status {answer.status}; it must be {self.status}."
            return seen + (f" The answer begins: {answer.body[:200]}" if answer.body.strip() else "")
        if self.body_contains is not None and self.body_contains not in answer.body:
            return f"{asked} answered, but without {self.body_contains!r}. It begins: {answer.body[:200]!r}"
        if self.body_json is not None and not _has_members(answer.body, self.body_json):
            wanted = json.dumps(self.body_json)
            return f"{asked} must answer with the JSON {wanted}. Its answer begins: {answer.body[:200]!r}"
        return None

    def _did_not_start(self, start: Run) -> Failure:
        refusal = find_refusal(start)
        if start.timed_out or refusal is None:
            raise SandboxFault("The sandbox's Docker engine did not start the image.")
        return self.failure(
            FailureCode.DOCKER_RUN_FAILED,
            f"The image builds, but a container of it does not start. The engine says: {refusal[:400]}",
            "Compare CMD (or ENTRYPOINT) in your Dockerfile with the command you would type: is the program "
            "in the image, and is its name spelt right?",
        )

    def _ended(self, sandbox: Sandbox, state: ContainerState, log: Run) -> Failure:
        if state.exit_code == 137 and sandbox.met_memory_limit():
            return self.failure(
                FailureCode.OUT_OF_MEMORY,
                "The container needed more memory than it may use, and was ended.",
                "Look at what the app loads when it starts.",
            )
        if DISK_FULL.search(log.output) or has_full_disk(sandbox):
            return self.failure(
                FailureCode.DISK_FULL,
                "The container filled the disk that it may use, and ended.",
                "Look at what the app writes when it starts.",
            )
        last_words = " / ".join(line for line in log.lines[-5:] if line.strip())[-500:]
        said = f" Its last words: {last_words}" if last_words else " It printed nothing."
        return self.failure(
            FailureCode.DOCKER_RUN_FAILED,
            f"The container started and ended at once, with exit code {state.exit_code}.{said}",
            "A container lives as long as the program of its CMD. CMD must start the server and stay in the "
            "foreground; an error in the last words says what stopped it.",
        )

    def _no_answer(self, answer: Answer, sockets: Sequence[ListeningSocket]) -> Failure:
        message = (
            f"The container runs, but GET {self.path} on port {self.port} got no answer: {answer.problem}."
        )
        on_port = [socket for socket in sockets if socket.port == self.port]
        if on_port and all(socket.is_loopback for socket in on_port):
            message += f" The app listens on {on_port[0].address}, which only its own container reaches."
            hint = "Let the app listen on all addresses: host 0.0.0.0 in place of localhost or 127.0.0.1."
        elif on_port:
            hint = (
                "The app takes connections and does not answer in time: what does it wait for? See its log."
            )
        elif sockets:
            ports = sorted({socket.port for socket in sockets})
            listed = ", ".join(map(str, ports[:_SHOWN_PORTS])) + (" and more" * (len(ports) > _SHOWN_PORTS))
            message += f" The app listens on port {listed}, not on {self.port}."
            hint = f"Let the app listen on port {self.port}. EXPOSE does not change where it listens."
        else:
            message += " Nothing in the container listens on any port."
            hint = "Does CMD start the web server? Look at the container's log."
        return self.failure(FailureCode.HEALTHCHECK_FAILED, message, hint)


def _ask(sandbox: Sandbox, url: str) -> Answer:
    options = ["--silent", "--show-error", "--include", "--ipv4", "--max-redirs", "0", "--proto", "=http"]
    options += ["--noproxy", "*", "--max-time", str(ANSWER_SECONDS), url]
    run = sandbox.run(
        ["bash", "-c", _CURL_SCRIPT, "curl", *options],
        timeout_seconds=ANSWER_SECONDS + 5,
        output_limit=2 * LARGEST_ANSWER,
    )
    return parse_answer(run)


def parse_answer(run: Run) -> Answer:
    """What ``curl --include`` printed and how it ended."""
    problem = None
    if run.exit_code != 0:
        problem = _CURL_ENDS.get(run.exit_code, f"the request failed (curl's exit code {run.exit_code})")
    head, _, body = run.output.partition("\n\n")
    words = head.split(maxsplit=2)
    if len(words) >= 2 and words[0].startswith("HTTP/") and words[1].isdigit():
        return Answer(int(words[1]), body, problem)
    return Answer(problem=problem or "the answer was not HTTP")


def _has_members(body: str, wanted: dict[str, Any]) -> bool:
    """True where `body` is a JSON object that has every member of `wanted`, with the same value."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and all(
        name in answer and _is_same(answer[name], value) for name, value in wanted.items()
    )


def _read_log(sandbox: Sandbox, container: str, runtime_log: list[str]) -> Run:
    log = sandbox.run(["docker", "logs", "--tail", str(_LOG_LINES), container], timeout_seconds=20)
    runtime_log[:] = log.lines
    return log


def _is_same(answer: Any, wanted: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(answer, bool) or isinstance(wanted, bool):
        return answer is wanted
    if isinstance(answer, dict) and isinstance(wanted, dict):
        return answer.keys() == wanted.keys() and all(_is_same(answer[key], wanted[key]) for key in wanted)
    if isinstance(answer, list) and isinstance(wanted, list):
        return len(answer) == len(wanted) and all(map(_is_same, answer, wanted))
    return bool(answer == wanted)


def _look_at_container(sandbox: Sandbox, container: str) -> ContainerState:
    run = sandbox.run(
        ["docker", "inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", container],
        timeout_seconds=20,
    )
    words = run.output.split()
    if not run.succeeded or len(words) != 2:
        raise SandboxFault("The sandbox's Docker engine did not say how the container is.")
    return ContainerState(is_running=words[0] == "true", exit_code=int(words[1]))


def _find_listening_sockets(sandbox: Sandbox, container: str) -> list[ListeningSocket]:
    script = f"cat {PROCESS_FOLDER}/net/tcp {PROCESS_FOLDER}/net/tcp6"
    return parse_listening_sockets(sandbox.run(["bash", "-c", script, container], timeout_seconds=10).lines)
