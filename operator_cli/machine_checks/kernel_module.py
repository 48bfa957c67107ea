"""Loading a module of the kernel, as a fix."""

from __future__ import annotations

import subprocess

from .check import Fix
from .machine import Machine

_SECONDS = 20


def load_module(name: str) -> Fix:
    """A fix that loads the module `name` until the next boot; the kernel loads it by itself when in use."""

    def fix(_machine: Machine) -> str:
        try:
            answer = subprocess.run(
                ["modprobe", name], capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise OSError(f"modprobe {name} did not end within {_SECONDS} s") from error
        if answer.returncode != 0:
            raise OSError(answer.stderr.strip() or f"modprobe {name} ended with {answer.returncode}")
        return f"loaded the module {name}"

    return fix
