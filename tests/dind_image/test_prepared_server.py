"""How the prepared server waits, as a process without its image, and without what takes seconds to import."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent.parent.parent / "dind_image" / "image_files"
SECRET = "s3cret"
QUICK = f"""
import sys
sys.path.insert(0, {str(PROGRAMS)!r})
import prepared_server
prepared_server.import_server = lambda stdin: None
prepared_server.serve = lambda claim: print("Serves", claim.environment["USER"], claim.arguments)
prepared_server.ENGINE_SECONDS = prepared_server.LINE_SECONDS = 0.5
sys.exit(prepared_server.main())
"""
LINE = (
    json.dumps({"environment": {"USER": "ada", "TOKEN": SECRET}, "arguments": ["--debug"]}).encode() + b"\n"
)
SERVES = "Serves ada ['--debug']\n"
SECONDS = 20


def line(environment: object, arguments: object = (), **more: object) -> bytes:
    return json.dumps({"environment": environment, "arguments": arguments, **more}).encode() + b"\n"


LINE = line({"USER": "ada", "TOKEN": SECRET}, ["--debug"])


@pytest.fixture
def engine_socket(tmp_path: Path) -> Path:
    return tmp_path / "docker.sock"


@pytest.fixture
def start(engine_socket: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts waiting servers, which are ended with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one() -> subprocess.Popen[bytes]:
        environment = os.environ | {"DOCKER_HOST": f"unix://{engine_socket}"}
        started.append(
            subprocess.Popen(
                [sys.executable, "-P", "-c", QUICK],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


@contextmanager
def engine_that_says(status: str, path: Path) -> Iterator[None]:
    """An engine that answers each request so."""

    def answer() -> None:
        while True:
            connection, _ = door.accept()
            with connection:
                asked = connection.recv(1024)
                if not asked:
                    return
                connection.sendall(f"HTTP/1.0 {status}\r\n\r\n".encode())

    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        yield
        with socket.socket(socket.AF_UNIX) as last:
            last.connect(str(path))
        thread.join()


def end_of(process: subprocess.Popen[bytes], written: bytes | None = None) -> tuple[int, str]:
    output, _ = process.communicate(written, timeout=SECONDS)
    return process.returncode, output.decode()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (f"{SECRET}\n".encode(), "is not JSON"),
        (b"[" * 100_000 + b"\n", "is not JSON"),
        (b"\xff" + SECRET.encode() + b"\n", "is not JSON"),
        (json.dumps([SECRET]).encode() + b"\n", "is not an object of environment and arguments"),
        (line({"USER": SECRET}, more=1), "is not an object of environment and arguments"),
        (json.dumps({"environment": {}}).encode() + b"\n", "is not an object of environment and arguments"),
        (line([SECRET]), "has an environment that is not one"),
        (line({"TOKEN": 1}), "has an environment that is not one"),
        (line({"": SECRET}), "has an environment that is not one"),
        (line({f"A={SECRET}": "1"}), "has an environment that is not one"),
        (line({"TOKEN": f"{SECRET}\0"}), "has an environment that is not one"),
        (line({"TOKEN": f"{SECRET}\ud800"}), "has an environment that is not one"),
        (line({}, SECRET), "has arguments that are none"),
        (line({}, [SECRET, None]), "has arguments that are none"),
        (line({"TOKEN": SECRET * 50_000}), "is longer than 262144 bytes"),
        (LINE[:-1], "has no end"),
    ],
)
def test_line_that_no_hub_writes_is_refused_and_not_shown(start, written: bytes, why: str):
    exit_code, printed = end_of(start(), written)
    assert (exit_code, printed) == (2, f"Refused: the line that says whose server this is {why}.\n")


def test_line_that_does_not_come_whole_is_refused(start):
    process = start()
    process.stdin.write(LINE[:10])
    process.stdin.flush()
    assert process.wait(SECONDS) == 2
    assert b"was not whole within" in process.stdout.read()


def test_end_of_input_without_a_line_is_no_failure(start):
    exit_code, printed = end_of(start(), b"")
    assert (exit_code, printed) == (
        0,
        "Ended: standard input ended, and nobody claimed this session.\n",
    )


def test_line_that_is_there_waits_for_no_engine(start):
    assert end_of(start(), LINE) == (0, SERVES)


def test_line_may_come_in_pieces_and_be_long(start):
    process = start()
    long = line({"USER": "ada", "LONG": "x" * 200_000}, ["--debug"])
    for begin in range(0, len(long), 30_000):
        process.stdin.write(long[begin : begin + 30_000])
        process.stdin.flush()
    assert end_of(process) == (0, SERVES)


def test_is_prepared_when_the_engine_answers_and_not_before(start, engine_socket: Path):
    process = start()
    with engine_that_says("200 OK", engine_socket):
        assert process.stdout.readline() == b"Prepared: this session waits for its learner.\n"
    assert end_of(process, LINE) == (0, SERVES)


@pytest.mark.parametrize("status", [None, "500 Internal Server Error"])
def test_ends_when_the_engine_does_not_answer(start, engine_socket: Path, status: str | None):
    process = start()
    if status is None:
        assert process.wait(SECONDS) == 1
    else:
        with engine_that_says(status, engine_socket):
            assert process.wait(SECONDS) == 1
    assert process.stdout.read() == b"Ended: the Docker engine was silent for 0 s.\n"
