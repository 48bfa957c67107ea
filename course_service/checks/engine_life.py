"""Whether the sandbox and its own engine still answer, asked of them and not of a program's words."""

from __future__ import annotations

from ..sandbox import ENGINE_LOST, Run, Sandbox

_TRIES = 2


def lost_its_engine(sandbox: Sandbox, run: Run) -> bool:
    """True where `run` tells of an engine that has gone, and it has: a program may print the same."""
    return ENGINE_LOST in run.output and not sandbox.run(["docker", "version"], timeout_seconds=20).succeeded


def is_out_of_processes(sandbox: Sandbox) -> bool:
    """True where the sandbox is there and cannot start the smallest of programs."""
    # One failure may be a moment's: what runs in it starts and ends processes all the time.
    return not any(sandbox.run(["true"], timeout_seconds=10).succeeded for _ in range(_TRIES))
