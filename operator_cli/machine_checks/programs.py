"""Python, JupyterHub, and the node program that is its proxy."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from ..hub_process import child_path
from .check import Check, Finding, Group, failed, passed
from .engine_facts import version_number
from .machine import Machine

OLDEST_NODE = (18, 0, 0)
"""What configurable-http-proxy 5 asks for in its package.json."""

_BOOTSTRAP = "scripts/bootstrap"
_SECONDS = 5


@dataclass(frozen=True)
class Programs:
    """Readings; None for what is not there."""

    python: str
    jupyterhub: str | None
    node: str | None
    has_proxy: bool


def judge_programs(seen: Programs) -> Finding:
    """All of them come with `scripts/bootstrap`, which `make up` runs first."""
    if seen.jupyterhub is None:
        return failed(f"Python {seen.python} without jupyterhub", _BOOTSTRAP)
    if seen.node is None or not seen.has_proxy:
        return failed(f"there is no {'configurable-http-proxy' if seen.node else 'node'}", _BOOTSTRAP)
    if version_number(seen.node.removeprefix("v")) < OLDEST_NODE:
        return failed(f"node {seen.node}, older than {OLDEST_NODE[0]}", _BOOTSTRAP)
    return passed(f"Python {seen.python}, JupyterHub {seen.jupyterhub}, node {seen.node}")


def _look(_machine: Machine) -> Finding:
    path = child_path(os.environ.get("PATH", ""))
    return judge_programs(
        Programs(
            python=platform.python_version(),
            jupyterhub=_installed("jupyterhub"),
            node=_node_version(path),
            has_proxy=shutil.which("configurable-http-proxy", path=path) is not None,
        )
    )


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _node_version(path: str) -> str | None:
    node = shutil.which("node", path=path)
    if node is None:
        return None
    answer = subprocess.run(
        [node, "--version"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return answer.stdout.strip() if answer.returncode == 0 else None


PROGRAMS = Check("programs", Group.COURSE, "The hub, its services and its proxy run on them.", _look)
