"""Loading modules of the kernel, as a fix."""

from __future__ import annotations

import subprocess

from .check import Fix
from .machine import Machine

_SECONDS = 20


def load_modules(*names: str) -> Fix:
    """A fix that loads the modules until the next boot; the kernel loads them by itself when in use."""
    told = " ".join(names)

    def fix(_machine: Machine) -> str:
        try:
            answer = subprocess.run(
                ["modprobe", "-a", *names], capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise OSError(f"modprobe {told} did not end within {_SECONDS} s") from error
        if answer.returncode != 0:
            raise OSError(answer.stderr.strip() or f"modprobe {told} ended with {answer.returncode}")
        return f"loaded {told}"

    return fix
