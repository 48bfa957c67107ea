"""Whether the sandbox's own engine is still there, asked of the engine itself."""

from __future__ import annotations

from ..sandbox import ENGINE_LOST, Run, Sandbox


def lost_its_engine(sandbox: Sandbox, run: Run) -> bool:
    """True where `run` tells of an engine that has gone, and it has: a learner's program may print the same."""
    return ENGINE_LOST in run.output and not sandbox.run(["docker", "version"], timeout_seconds=20).succeeded
