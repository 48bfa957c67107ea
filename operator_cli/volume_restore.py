"""A workspace that is a plain volume of the engine, filled from a backup."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import docker
from docker.errors import NotFound

from hub_config.settings import Settings
from spawner.docker_engine import engine_errors
from spawner.labels import Role, make_labels

from .errors import WorkspaceFailed


def has_files(engine: docker.APIClient, name: str) -> bool:
    """True where the volume is there, and is not empty."""
    folder = _find(engine, name)
    return folder is not None and any(folder.iterdir())


def put_volume(
    engine: docker.APIClient, settings: Settings, volume: dict[str, Any], tar: Path, aside: Path
) -> None:
    """Fill the volume that a manifest describes from `tar`; what was in it is kept as a tar in `aside`.

    Raises `WorkspaceFailed`.
    """
    name = str(volume["name"])
    folder = _find(engine, name)
    if folder is None:
        labels = make_labels(settings.instance, Role.WORKSPACE, str(volume["owner"]))
        with engine_errors():
            engine.create_volume(name, driver_opts=volume["options"] or None, labels=labels)
        folder = _find(engine, name)
    if folder is None:
        raise WorkspaceFailed(
            f"The volume {name} could not be made", "the engine does not show it", "containrlab doctor"
        )
    if any(folder.iterdir()):
        _run(name, "tar", "--create", f"--file={aside / name}.tar", "--numeric-owner", "-C", str(folder), ".")
        _run(name, "find", str(folder), "-xdev", "-mindepth", "1", "-delete")
    _run(
        name,
        "tar",
        "--extract",
        f"--file={tar}",
        "--numeric-owner",
        "--same-permissions",
        "-C",
        str(folder),
    )


def _find(engine: docker.APIClient, name: str) -> Path | None:
    with engine_errors():
        try:
            return Path(engine.inspect_volume(name)["Mountpoint"])
        except NotFound:
            return None


def _run(name: str, *argv: str) -> None:
    answer = subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    if answer.returncode != 0:
        raise WorkspaceFailed(
            f"The volume {name} could not be filled",
            answer.stderr.strip()[-500:],
            "see that the engine's disk has room, and restore again with --replace",
        )
