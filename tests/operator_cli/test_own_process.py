"""Processes that outlive a crash: found again, ended with what they started, and never another's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from operator_cli.own_process import OwnProcess, end_processes_of
from operator_cli.waiting import wait_for

SLEEPER = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()", "our-marker"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(15, signal.SIG_IGN); print('up', flush=True)\nwhile True: signal.pause()",
    "our-marker",
]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[OwnProcess]:
    """A program of ours, ended at the end."""
    process = OwnProcess("sleeper", tmp_path, marker="our-marker")
    yield process
    process.end(grace_seconds=0)


def test_it_is_found_by_another_command(process: OwnProcess, tmp_path: Path):
    process.start(SLEEPER)
    found_again = OwnProcess("sleeper", tmp_path, marker="our-marker")
    assert found_again.is_alive()
    assert found_again.end()
    assert wait_for(lambda: process.exit_code() is not None, 5)
    assert not found_again.end()


def test_our_own_child_is_known_before_it_has_a_command_line(tmp_path: Path):
    # Between Popen's return and the end of exec, the kernel shows no command line: no marker is found.
    child = OwnProcess("child", tmp_path, marker="no such marker")
    child.start(SLEEPER)
    assert child.is_alive()
    assert child.end(grace_seconds=5)
    assert child.exit_code() is not None
    assert not child.is_alive()


def test_what_is_left_running_is_found_by_its_pid_file(process: OwnProcess):
    process.start(SLEEPER)
    assert wait_for(lambda: process.log_tail() == ["up"], 5)
    process.leave_running()
    assert process.is_alive()
    assert process.end()


def test_another_program_with_that_number_is_left_alone(tmp_path: Path):
    (tmp_path / "other.pid").write_text(str(os.getpid()))
    other = OwnProcess("other", tmp_path, marker="no such marker")
    assert not other.is_alive()
    assert not other.end()


@pytest.mark.parametrize("text", ["", "nonsense", "999999999"])
def test_a_pid_file_that_says_nothing_is_nothing(tmp_path: Path, text: str):
    (tmp_path / "other.pid").write_text(text)
    assert not OwnProcess("other", tmp_path, marker="python").is_alive()


def test_one_that_will_not_end_is_killed(process: OwnProcess):
    process.start(STUBBORN)
    assert wait_for(lambda: process.log_tail() == ["up"], 10)
    assert process.end(grace_seconds=0.2)
    assert wait_for(lambda: process.exit_code() == -9, 5)


def test_what_it_started_ends_with_it(process: OwnProcess):
    # A wrapper that does not pass signals on, such as the one around node.
    wrapper = f"import subprocess; subprocess.run({SLEEPER!r})"
    process.start([sys.executable, "-c", wrapper])
    assert wait_for(lambda: process.log_tail() == ["up"], 10)
    group = int(process.pid_file.read_text())  # each program of ours leads a group of its own number
    process.end()
    assert wait_for(lambda: process.exit_code() is not None and _is_gone(group), 5)


def _is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_log_of_the_run_before_is_kept(process: OwnProcess):
    process.log_file.write_text("before\n")
    process.start(SLEEPER)
    assert process.log_file.with_suffix(".log.before").read_text() == "before\n"
    assert process.log_file.stat().st_mode & 0o777 == 0o600


def test_leftovers_are_known_by_command_and_folder(tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    left = subprocess.Popen(SLEEPER, cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True)
    others = subprocess.Popen(SLEEPER, cwd=elsewhere, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        assert [command.split()[-1] for command in end_processes_of(tmp_path, ["our-marker"])] == [
            "our-marker"
        ]
        assert wait_for(lambda: left.poll() is not None, 5)
        assert others.poll() is None
    finally:
        for process in (left, others):
            process.kill()
            process.wait()
