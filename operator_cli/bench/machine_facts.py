"""The machine that a run was made on."""

from __future__ import annotations

import os
from typing import Any

import docker

from hub_config.capacity import GIBIBYTE, read_memory_bytes


def read_machine(engine: docker.APIClient) -> dict[str, Any]:
    """What one must know to compare the seconds of two runs."""
    version = engine.version()
    return {
        "processors": len(os.sched_getaffinity(0)),
        "memory_gb": round(read_memory_bytes() / GIBIBYTE, 1),
        "kernel": version["KernelVersion"],
        "engine": version["Version"],
        "load_before": round(os.getloadavg()[0], 2),
    }
