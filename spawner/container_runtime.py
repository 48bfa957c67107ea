"""The engine's container runtimes, such as runc, sysbox-runc or kata."""

from __future__ import annotations

import docker

from .docker_engine import engine_errors
from .errors import RuntimeMissing


def require_runtime(engine: docker.APIClient, runtime: str) -> None:
    """Return where the engine has `runtime`; empty means its default. Raises `RuntimeMissing`."""
    if not runtime:
        return
    with engine_errors():
        installed = sorted(engine.info()["Runtimes"])
    if runtime not in installed:
        raise RuntimeMissing(f"The engine has no runtime {runtime}; it has: {', '.join(installed)}")
