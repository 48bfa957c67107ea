"""Whose fault it is that a sandbox did not do what the judge asked of it.

By counts of the kernel's that a program can raise but not forge, never by its words.
"""

from __future__ import annotations

from ..verdict import Failure, FailureCode
from .check import Check, Workbench


def blame_submission(check: Check, workbench: Workbench) -> Failure | None:
    """What the submission's programs did to the sandbox, where `check` met a fault because of that.

    None where the fault is ours. Raises `SandboxFault` where the sandbox has gone.
    """
    is_built = workbench.image is not None
    what = "container" if is_built else "build"
    if workbench.sandbox.met_process_limit():
        return check.failure(
            FailureCode.DOCKER_RUN_FAILED if is_built else FailureCode.DOCKER_BUILD_FAILED,
            f"The {what} started so many processes that nothing else could run beside it, not even a "
            "question to it.",
            "Look at what it starts: something in it starts itself again and again.",
        )
    if workbench.sandbox.met_memory_limit():
        return check.failure(
            FailureCode.OUT_OF_MEMORY,
            f"The {what} needed more memory than it may use.",
            "Look at what it loads when it starts.",
        )
    return None
