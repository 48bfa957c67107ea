"""Real sandboxes on a real engine."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
import time

import pytest

from course_service.errors import SandboxFault
from course_service.sandbox import KEPT_OUTPUT
from course_service.sandbox_life import (
    DISKS_FOLDER,
    Keeper,
    destroy_sandbox,
    list_sandboxes,
    new_sandbox_name,
    open_sandbox,
)
from spawner.labels import Role, label_filters
from spawner.session_policy import MEBIBYTE, Egress

pytestmark = pytest.mark.engine

OPEN_ONE = """
import sys, time
from pathlib import Path
from hub_config.settings import Settings
from course_service.sandbox_life import open_sandbox
from spawner.session_policy import Egress
settings = Settings(instance=sys.argv[1], bridge_prefix="cst", state_dir=Path(sys.argv[2]))
with open_sandbox(settings, Egress.NONE, "alice"):
    print("open", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def sandbox(engine_settings):
    """A sandbox of a learner with an awkward name."""
    with open_sandbox(engine_settings, Egress.PACKAGES, "o'brien") as sandbox:
        yield sandbox


def test_it_is_a_hardened_session_without_a_token(sandbox, engine, instance):
    (container,) = engine.containers(filters=label_filters(instance, Role.SANDBOX, "o'brien"))
    details = engine.inspect_container(container["Id"])
    environment = dict(entry.partition("=")[::2] for entry in details["Config"]["Env"])
    assert not [name for name in environment if "TOKEN" in name or name.startswith("JUPYTERHUB")]
    assert details["HostConfig"]["ReadonlyRootfs"] is True
    assert details["HostConfig"]["CapDrop"] == ["ALL"]
    assert sandbox.run(["id", "-u"], timeout_seconds=10).output == "1000\n"


def test_written_files_belong_to_the_learner_and_run_only_where_they_may(sandbox):
    sandbox.write(
        {"a/deep/file.txt": b"hello", "run me.sh": b"#!/bin/sh\necho ran\n"},
        executables=frozenset({"run me.sh"}),
    )
    listing = sandbox.run(
        ["find", "/workspace/submission", "-type", "f", "-printf", "%P %u %m\\n"], timeout_seconds=10
    )
    assert sorted(listing.lines) == ["a/deep/file.txt jovyan 644", "run me.sh jovyan 755"]
    assert sandbox.run(["/workspace/submission/run me.sh"], timeout_seconds=10).output == "ran\n"


def test_arguments_are_never_a_shells_text(sandbox):
    hostile = "$(touch /tmp/owned); `id` && \"'"
    assert sandbox.run(["printf", "%s", hostile], timeout_seconds=10).output == hostile
    assert sandbox.run(["test", "-e", "/tmp/owned"], timeout_seconds=10).exit_code == 1


def test_standard_input_and_exit_code_pass(sandbox):
    stdin = b"x" * 3_000_000
    run = sandbox.run(["sha256sum"], timeout_seconds=10, stdin=stdin)
    assert run.output.split()[0] == hashlib.sha256(stdin).hexdigest()
    assert sandbox.run(["sh", "-c", "exit 7"], timeout_seconds=10).exit_code == 7
    assert sandbox.run(["no-such-program"], timeout_seconds=10).exit_code == 127


def test_a_command_that_does_not_end_is_killed(sandbox):
    started = time.monotonic()
    run = sandbox.run(["sleep", "60"], timeout_seconds=1)
    assert run.timed_out
    assert not run.succeeded
    assert time.monotonic() - started < 30
    assert "sleep 60" not in sandbox.run(["ps", "-eo", "args"], timeout_seconds=10).lines


def test_a_command_that_prints_without_end_is_killed_and_its_output_bounded(sandbox):
    run = sandbox.run(["yes"], timeout_seconds=30, output_limit=1024 * 1024)
    assert run.over_limit
    assert run.truncated
    assert not run.timed_out
    assert run.seconds < 15
    assert len(run.output) < KEPT_OUTPUT + 100
    assert "yes" not in sandbox.run(["ps", "-eo", "args"], timeout_seconds=10).lines


def test_lines_come_while_the_command_runs(sandbox):
    came = []
    run = sandbox.run(
        ["sh", "-c", "echo one; sleep 1; echo two"],
        timeout_seconds=10,
        on_line=lambda line: came.append((line, time.monotonic())),
    )
    assert [line for line, _ in came] == ["one", "two"]
    assert came[1][1] - came[0][1] > 0.5
    assert run.output == "one\ntwo\n"


def test_the_hub_and_the_world_are_out_of_reach(sandbox):
    for address in ("http://192.0.2.1/", "http://172.17.0.1:22/"):
        run = sandbox.run(["curl", "-sS", "--noproxy", "*", "--max-time", "3", address], timeout_seconds=10)
        assert run.exit_code != 0


def test_a_lab_without_egress_has_no_proxy(engine_settings):
    with open_sandbox(engine_settings, Egress.NONE, "alice") as sandbox:
        assert "CONTAINRLAB_EGRESS_PROXY" not in sandbox.run(["env"], timeout_seconds=10).output


def test_a_sandbox_that_vanishes_is_a_fault_of_ours(engine_settings):
    name = new_sandbox_name(engine_settings, Keeper.OPERATOR)
    with open_sandbox(engine_settings, Egress.NONE, "alice", name=name) as sandbox:
        destroy_sandbox(engine_settings, name)
        with pytest.raises(SandboxFault):
            sandbox.run(["true"], timeout_seconds=5)


def test_its_disk_is_bounded_in_bytes_and_files(engine_settings, sandbox):
    fill = "cd /workspace; head -c 9G /dev/zero > big; df --output=size -B1 . | tail -n 1; rm big"
    run = sandbox.run(["bash", "-c", fill], timeout_seconds=120)
    assert "No space left on device" in run.output
    assert int(run.lines[-1]) <= engine_settings.judge_disk_mb * MEBIBYTE
    files = sandbox.run(["df", "--output=itotal", "/workspace", "/engine"], timeout_seconds=10)
    assert [int(count) for count in files.lines[1:]] == [pytest.approx(30_000, rel=0.1)] * 2


def test_what_is_left_is_listed_by_who_keeps_it(engine_settings):
    with open_sandbox(engine_settings, Egress.NONE, "alice") as sandbox:
        assert list_sandboxes(engine_settings, Keeper.OPERATOR) == {sandbox.container}
        assert list_sandboxes(engine_settings, Keeper.COURSE) == set()
        assert (engine_settings.state_dir / DISKS_FOLDER / sandbox.container).is_mount()
    assert list_sandboxes(engine_settings, Keeper.OPERATOR) == set()
    assert list((engine_settings.state_dir / DISKS_FOLDER).iterdir()) == []


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_whatever_ends_the_attempt(engine_settings, interruption):
    def attempt() -> None:
        with open_sandbox(engine_settings, Egress.NONE, "alice") as sandbox:
            sandbox.run(["docker", "run", "-d", "python:3.13-slim", "sleep", "600"], timeout_seconds=30)
            raise interruption

    with pytest.raises(interruption):
        attempt()


@pytest.mark.parametrize("moment", ["while it starts", "while it is open"])
def test_nothing_is_left_when_the_process_is_interrupted(clean_engine, image_store, settings, moment):
    command = [sys.executable, "-c", OPEN_ONE, settings.instance, str(settings.state_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        if moment == "while it is open":
            assert process.stdout.readline() == b"open\n"
        else:
            deadline = time.monotonic() + 20
            while not clean_engine.networks(filters=label_filters(settings.instance)):
                assert time.monotonic() < deadline
        process.send_signal(signal.SIGINT)
        assert process.wait(30) != 0
