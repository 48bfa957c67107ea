"""A course of the bench's own: our hub and all that is around it, beside a course that may run here."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import docker

from hub_config.settings import Settings, name_paths
from spawner.docker_engine import engine_errors
from spawner.labels import Role, label_filters

from ..course_copy import upgrade_course
from ..egress_proxy import egress_proxy
from ..firewall import guarded_firewall, remove_firewall
from ..hub_process import CONFIG_FILE, end_leftovers, running_hub
from ..packages import Packages
from ..ports import find_free_ports
from ..progress import Progress
from ..remains import remove_sandboxes, remove_sessions
from .bench_hub import BenchHub
from .hub_configs import COURSE_CONFIG, OURS, TOKEN

SESSIONS = 30
"""Places: as many as learners of the storm, whatever memory the machine has; idle ones hold little."""

_THE_MACHINES = (
    "CONTAINRLAB_SESSION_IMAGE",
    "CONTAINRLAB_SESSION_NETWORKS",
    "CONTAINRLAB_DISK_PROVIDER",
    "CONTAINRLAB_RUNTIME",
    "CONTAINRLAB_EXTRA_CA",
)
"""Settings that a course of this machine and the bench's have in common; all others are as by default."""


@contextmanager
def own_hub(
    engine: docker.APIClient, settings: Settings, folder: Path, *, pool: int, progress: Progress
) -> Iterator[BenchHub]:
    """The hub, answering, with its state in `folder`, and a warm pool of so many sessions.

    Raises `OperatorError`; nothing of the course is left at the end.
    """
    hub_environment = _make_environment(settings, folder, pool)
    own = Settings.from_environment(hub_environment)
    hub = BenchHub(
        engine,
        own.port,
        container_prefix=f"{own.instance}-session",
        pool_prefix=f"{own.instance}-pool",
    )
    packages = Packages(progress)
    _remove(engine, own, progress)
    folder.mkdir(mode=0o700, parents=True)
    config = folder / "jupyterhub_config.py"
    config.write_text(OURS, encoding="utf-8")
    upgrade_course(own)
    try:
        with (
            guarded_firewall(own, packages, progress),
            egress_proxy(own, packages, progress),
            running_hub(
                own, {**hub_environment, TOKEN: hub.token, COURSE_CONFIG: str(CONFIG_FILE)}, progress, config
            ),
        ):
            yield hub
    finally:
        _remove(engine, own, progress)


def _make_environment(settings: Settings, folder: Path, pool: int) -> dict[str, str]:
    """Of a trial with names and ports of its own; `folder`'s name tells the bench's courses apart."""
    ports = find_free_ports(5)
    given = {**os.environ, **name_paths()}
    ours = ("CONTAINRLAB_", "GITHUB_", "GEMINI_")
    return {
        **{
            name: value for name, value in given.items() if not name.startswith(ours) or name in _THE_MACHINES
        },
        "CONTAINRLAB_INSTANCE": f"{settings.instance}-bench-{folder.name}",
        "CONTAINRLAB_STATE_DIR": str(folder),
        "CONTAINRLAB_BRIDGE_PREFIX": _bridge_prefix(settings.instance, folder.name),
        "CONTAINRLAB_PORT": str(ports[0]),
        "CONTAINRLAB_HUB_PORT": str(ports[1]),
        "CONTAINRLAB_PROXY_API_PORT": str(ports[2]),
        "CONTAINRLAB_COURSE_PORT": str(ports[3]),
        "CONTAINRLAB_EGRESS_PORT": str(ports[4]),
        "CONTAINRLAB_SESSIONS": str(SESSIONS),
        "CONTAINRLAB_JUDGE_SPARES": "0",
        "CONTAINRLAB_TRIAL_PASSWORD": secrets.token_hex(16),
        "CONTAINRLAB_POOL": str(pool),
    }


def _bridge_prefix(instance: str, name: str) -> str:
    """Another for each course of each instance: a firewall table is known by it."""
    return f"b{sha256(f'{instance} {name}'.encode()).hexdigest()[:3]}"


def _remove(engine: docker.APIClient, own: Settings, progress: Progress) -> None:
    """Everything, learners' workspaces too; also what a bench that was killed had left."""
    end_leftovers(own, progress)
    remove_sessions(engine, own, progress)
    remove_sandboxes(own, progress)
    with engine_errors():
        for volume in engine.volumes(filters=label_filters(own.instance, Role.WORKSPACE))["Volumes"] or ():
            engine.remove_volume(volume["Name"])
    remove_firewall(own)
    shutil.rmtree(own.state_dir)
