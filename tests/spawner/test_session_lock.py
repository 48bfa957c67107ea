"""One at a time has a session in hand, whichever process it is."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from operator_cli.waiting import wait_for
from spawner.session_lock import session_lock, try_session_lock

HOLD = """
import sys, pathlib
from spawner.session_lock import session_lock
with session_lock(pathlib.Path(sys.argv[1]), "ada"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_session_that_another_process_has_is_not_to_be_had_until_that_is_killed(tmp_path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with try_session_lock(tmp_path, "ada") as is_ours, try_session_lock(tmp_path, "ben") as is_bens:
            assert (is_ours, is_bens) == (False, True)
        other.kill()
    with try_session_lock(tmp_path, "ada") as is_ours:
        assert is_ours


def test_a_learners_start_waits_until_nobody_removes_the_session_before(tmp_path: Path):
    has_started = threading.Event()

    def start() -> None:
        with session_lock(tmp_path, "ada"):
            has_started.set()

    starting = threading.Thread(target=start)
    with try_session_lock(tmp_path, "ada") as is_ours:
        assert is_ours
        starting.start()
        assert not wait_for(has_started.is_set, 0.2)
    starting.join(5)
    assert has_started.is_set()
