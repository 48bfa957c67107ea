"""Whether the sandbox's engine and its disk still serve, asked of them and not of a program's words."""

from __future__ import annotations

from spawner.docker_rendering import ENGINE_DATA_MOUNT_POINT

from ..sandbox import ENGINE_LOST, Run, Sandbox

_REFUSAL = "Error response from daemon"
_FULL_KIBIBYTES = 1024
_FULL_FILES = 100


def lost_its_engine(sandbox: Sandbox, run: Run) -> bool:
    """True where `run` tells of an engine that has gone, and it has: a program may print the same."""
    return ENGINE_LOST in run.output and not sandbox.run(["docker", "version"], timeout_seconds=20).succeeded


def find_refusal(run: Run) -> str | None:
    """The line in which the engine says why it did not make a container; None where it said nothing of it.

    For a client that prints no program's output.
    """
    return next((line.strip() for line in run.lines if _REFUSAL in line), None)


def has_full_disk(sandbox: Sandbox) -> bool:
    """True where what the engine writes to has no room left, for bytes or for files.

    Words do not tell: a program's last ones are not kept where its log has no room either.
    """
    command = ["df", "--output=avail,iavail", "--block-size=1K", ENGINE_DATA_MOUNT_POINT]
    free = sandbox.run(command, timeout_seconds=10).output.split()[-2:]
    if len(free) != 2 or not all(number.isdecimal() for number in free):
        return False
    return int(free[0]) < _FULL_KIBIBYTES or int(free[1]) < _FULL_FILES
