"""Debian's slim image where no registry answers: debootstrap's minimal system under the same tag."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import docker

from spawner.docker_engine import engine_errors
from spawner.labels import RECIPE

from .errors import ImageBuildFailed, NeedsRoot
from .image_build import SUBSTITUTE
from .packages import Packages, is_root
from .progress import Progress

SUITE = "trixie"
TAG = f"debian:{SUITE}-slim"
MIRROR = "http://deb.debian.org/debian"
_SOURCES = f"""\
deb {MIRROR} {SUITE} main
deb {MIRROR} {SUITE}-updates main
deb {MIRROR}-security {SUITE}-security main
"""
_KEPT_LINES = 30
# What the real slim image leaves out too.
_LEFT_OUT = (
    "var/cache/apt/archives",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/man",
    "dev",
    "proc",
)


def base_recipe() -> str:
    """A hash of what the image is made by, but not of what the archive holds today."""
    return hashlib.sha256("\n".join((SUITE, MIRROR, _SOURCES, *_LEFT_OUT)).encode()).hexdigest()


def make_debian_base(
    engine: docker.APIClient, packages: Packages, progress: Progress, tag: str = TAG
) -> None:
    """Make `tag` from Debian's archive, labelled as a substitute. Raises `OperatorError`."""
    if not is_root():
        raise NeedsRoot("Making a Debian base image")
    packages.install("debootstrap", "debian-archive-keyring")
    folder = Path(tempfile.mkdtemp(prefix="containrlab-debootstrap-"))
    try:
        _debootstrap(folder, progress)
        progress.update("importing it into the engine")
        _import(engine, folder, tag)
    finally:
        shutil.rmtree(folder)


def _debootstrap(folder: Path, progress: Progress) -> None:
    command = ["debootstrap", "--variant=minbase", SUITE, str(folder), MIRROR]
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for line in process.stdout:
            lines.append(line.rstrip())
            progress.update(line.rstrip())
    if process.returncode != 0:
        raise ImageBuildFailed(
            f"The base image {TAG} could not be made",
            f"debootstrap ended with {process.returncode}",
            f"see whether this machine reaches {MIRROR}, then: containrlab images build",
            log_tail=lines[-_KEPT_LINES:],
        )
    (folder / "etc/apt/sources.list").write_text(_SOURCES, encoding="utf-8")


def _import(engine: docker.APIClient, folder: Path, tag: str) -> None:
    repository, _, name = tag.rpartition(":")
    left_out = [f"--exclude=./{path}/*" for path in _LEFT_OUT]
    command = ["tar", "-C", str(folder), *left_out, "--numeric-owner", "-c", "."]
    changes = [f"LABEL {SUBSTITUTE}=true {RECIPE}={base_recipe()}", 'CMD ["bash"]']
    with subprocess.Popen(command, stdout=subprocess.PIPE) as tar, engine_errors():
        engine.import_image_from_stream(tar.stdout, repository=repository, tag=name, changes=changes)
    if tar.returncode != 0:
        raise ImageBuildFailed(
            f"The base image {tag} could not be made",
            f"tar ended with {tar.returncode}",
            "see whether /tmp has room (df -h /tmp), then: containrlab images build",
        )
