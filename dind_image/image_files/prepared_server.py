#!/opt/jupyter/bin/python3 -P
"""Imports JupyterLab's single-user server, waits to be told whose it is, and becomes that learner's.

Importing takes most of a server's start and is the same for everybody, so a session can have it behind itself
before anybody wants it. What differs comes as one line of JSON on standard input,

    {"environment": {NAME: VALUE, ...}, "arguments": [...]}

so that a learner's token is neither in the container's description nor in a process's initial environment.

While it waits, it asks the inner engine, and says "Prepared: ..." once that answers; a line that is there
before is not kept waiting. It ends with 0 where standard input ends without a line, with 1 where the engine
stays silent, with 2 where the line is none that a hub writes. What stands in the line is never printed.
"""

import json
import os
import select
import socket
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

WORKSPACE = "/workspace"
MOST_BYTES = 256 * 1024
"""Of the line; a hub's has about 2 KiB."""
LINE_SECONDS = 10.0
"""From a line's first bytes to its last."""
FIRST_PING_SECONDS = 0.1
PING_SECONDS = 5.0
"""Between two looks at the engine: until it has answered once, and after that."""
ENGINE_SECONDS = 30.0
"""How long the engine may be silent; its supervisor starts a dead one again at once."""
ANSWER_SECONDS = 2.0

SERVER_PARTS = (
    "jupyter_server.serverapp",
    "jupyter_server_terminals.app",
    "jupyterlab.labapp",
    "judge_extension.app",
    # What jupyterhub.singleuser and jupyterhub.services import. Not those two: some of their classes take
    # their defaults from the environment when they are imported, the cookies' path among them.
    "jupyterhub.log",
    "jupyterhub.scopes",
    "unittest.mock",
    # What the above import only when a server starts.
    "jinja2.ext",
    "jupyter_core.migrate",
    "tornado.platform.asyncio",
)
PAGE_PARTS = ("IPython.paths", "ipykernel.kernelspec", "babel.dates", "babel.numbers", "psutil")
"""What a server imports when JupyterLab's page is opened, and the first notebook in it."""


@dataclass(frozen=True)
class Claim:
    """Whose server it is: what JupyterHub gives it."""

    environment: dict[str, str]
    arguments: list[str]


class Unclaimed(Exception):
    """It ends without having been anybody's."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def main() -> int | None:
    """Returns at the server's end, or before with the exit code for why there is none."""
    stdin = sys.stdin.fileno()
    import_server(stdin)
    try:
        wait_for_line(stdin)
        claim = parse_claim(read_line(stdin))
    except Unclaimed as end:
        print(end, flush=True)
        return end.exit_code
    return serve(claim)


def import_server(stdin: int) -> None:
    """Import all that does not depend on whose server it is."""
    _import_all(SERVER_PARTS)
    from jupyter_server.serverapp import JUPYTER_SERVICE_HANDLERS

    _import_all(name for names in JUPYTER_SERVICE_HANDLERS.values() for name in names or ())
    if not _is_readable(stdin, 0):  # somebody who waits already gets the server first
        _import_all(PAGE_PARTS)


def wait_for_line(stdin: int) -> None:
    """Return when there is something to read, or the end of it.

    Raises `Unclaimed` where the engine stays silent.
    """
    is_announced = False
    last_answer = time.monotonic()
    while not _is_readable(stdin, PING_SECONDS if is_announced else FIRST_PING_SECONDS):
        if engine_answers():
            last_answer = time.monotonic()
            if not is_announced:
                print("Prepared: this session waits for its learner.", flush=True)
                is_announced = True
        elif time.monotonic() - last_answer > ENGINE_SECONDS:
            raise Unclaimed(f"Ended: the Docker engine was silent for {ENGINE_SECONDS:.0f} s.", exit_code=1)


def engine_answers() -> bool:
    """True where the session's Docker engine answers now."""
    try:
        with socket.socket(socket.AF_UNIX) as engine:
            engine.settimeout(ANSWER_SECONDS)
            engine.connect(os.environ["DOCKER_HOST"].removeprefix("unix://"))
            engine.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in engine.recv(64)
    except OSError:
        return False


def read_line(stdin: int) -> bytes:
    """The one line. Raises `Unclaimed` where there is none, or it is too long or not whole in time."""
    line = bytearray()
    deadline = time.monotonic() + LINE_SECONDS
    while not line.endswith(b"\n"):
        if not _is_readable(stdin, max(0.0, deadline - time.monotonic())):
            raise _refused(f"was not whole within {LINE_SECONDS:.0f} s")
        piece = os.read(stdin, 64 * 1024)
        if not piece and not line:
            raise Unclaimed("Ended: standard input ended, and nobody claimed this session.", exit_code=0)
        if not piece:
            raise _refused("has no end")
        line += piece
        if len(line) > MOST_BYTES:
            raise _refused(f"is longer than {MOST_BYTES} bytes")
    return bytes(line)


def parse_claim(line: bytes) -> Claim:
    """The claim that `line` is. Raises `Unclaimed`."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):  # no chaining: such an error quotes the line
        raise _refused("is not JSON") from None
    if not isinstance(fields, dict) or fields.keys() != {"environment", "arguments"}:
        raise _refused("is not an object of environment and arguments")
    environment, arguments = fields["environment"], fields["arguments"]
    if not isinstance(environment, dict) or not all(map(_is_variable, environment.items())):
        raise _refused("has an environment that is not one")
    if not isinstance(arguments, list) or not all(map(_is_text, arguments)):
        raise _refused("has arguments that are none")
    return Claim(environment, arguments)


def serve(claim: Claim) -> int | None:
    """Be that learner's server, to its end."""
    os.environ.update(claim.environment)
    os.chdir(WORKSPACE)  # again: the learner's disk may have been mounted there since the start
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sys.stdin.fileno())
    os.close(nothing)
    sys.argv = ["jupyterhub-singleuser", *claim.arguments]
    from jupyterhub.singleuser import main as run_server

    exit_code: int | None = run_server()
    return exit_code


def _import_all(names: Iterable[str]) -> None:
    for name in names:
        import_module(name)


def _is_readable(stdin: int, seconds: float) -> bool:
    return bool(select.select([stdin], [], [], seconds)[0])


def _is_variable(item: tuple[str, object]) -> bool:
    name, value = item
    return bool(name) and "=" not in name and _is_text(name) and _is_text(value)


def _is_text(value: object) -> bool:
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _refused(why: str) -> Unclaimed:
    return Unclaimed(f"Refused: the line that says whose server this is {why}.", exit_code=2)


if __name__ == "__main__":
    sys.exit(main())
