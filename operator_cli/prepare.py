"""`containrlab prepare`: everything that a course needs of its machine before the hub can start."""

from __future__ import annotations

import click
import docker

from hub_config.settings import Settings, load_settings
from spawner.container_runtime import require_runtime
from spawner.errors import RuntimeMissing as NoSuchRuntime

from . import address_block, egress_proxy, firewall
from .engine import ensure_engine
from .errors import KernelLimitRefused, RuntimeMissing
from .images import ensure_images
from .kernel_limits import raise_kernel_limits
from .locks import state_lock
from .packages import Packages
from .progress import Progress

PACKAGES = (egress_proxy.PACKAGE, firewall.PACKAGE, address_block.PACKAGE)
"""What every course needs from Debian beside the engine."""


@click.command()
def prepare() -> None:
    """Do all that `up` does before it starts the hub.

    Starts a Docker engine where none answers (and installs it where there is none), installs the egress proxy
    and nftables, raises the kernel's limits that sessions share, and builds the images. What is there already
    is left as it is. Needs root.
    """
    progress = Progress()
    prepare_machine(load_settings(), Packages(progress), progress)
    click.echo("This machine is ready.")


def prepare_machine(settings: Settings, packages: Packages, progress: Progress) -> docker.APIClient:
    """Engine, packages, addresses and images; the connection to the engine. Raises `OperatorError`."""
    engine = ensure_engine(settings, packages, progress)
    _require_runtime(engine, settings.runtime)
    _raise_kernel_limits(progress)
    packages.install(*PACKAGES)
    address_block.require_free_block(settings, engine)
    with state_lock(settings, "images", progress):
        ensure_images(engine, settings, packages, progress)
    return engine


def _raise_kernel_limits(progress: Progress) -> None:
    """Where this machine refuses, sessions run all the same: `doctor` warns of it too."""
    try:
        for line in raise_kernel_limits():
            progress.say(f"Raised {line}")
    except KernelLimitRefused as error:
        progress.warn(f"One session can take from the others what all share: {error}. {error.remedy}")


def _require_runtime(engine: docker.APIClient, runtime: str) -> None:
    try:
        require_runtime(engine, runtime)
    except NoSuchRuntime as error:
        raise RuntimeMissing(
            f"Sessions cannot run under {runtime}",
            str(error),
            "install it and name it in the engine's daemon.json, or set CONTAINRLAB_RUNTIME to one of these",
        ) from error
