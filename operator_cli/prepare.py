"""`containrlab prepare`: everything that a course needs of its machine before the hub can start."""

from __future__ import annotations

import click
import docker

from hub_config.settings import Settings, load_settings

from . import address_block, egress_proxy, firewall
from .engine import ensure_engine
from .images import ensure_images
from .locks import state_lock
from .packages import Packages
from .progress import Progress

PACKAGES = (egress_proxy.PACKAGE, firewall.PACKAGE, address_block.PACKAGE)
"""What every course needs from Debian beside the engine."""


@click.command()
def prepare() -> None:
    """Do all that `up` does before it starts the hub.

    Starts a Docker engine where none answers (and installs it where there is none), installs the egress proxy
    and nftables, and builds the images. What is there already is left as it is. Needs root.
    """
    progress = Progress()
    prepare_machine(load_settings(), Packages(progress), progress)
    click.echo("This machine is ready.")


def prepare_machine(settings: Settings, packages: Packages, progress: Progress) -> docker.APIClient:
    """Engine, packages, addresses and images; the connection to the engine. Raises `OperatorError`."""
    engine = ensure_engine(settings, packages, progress)
    packages.install(*PACKAGES)
    address_block.require_free_block(settings, engine)
    with state_lock(settings, "images", progress):
        ensure_images(engine, settings, packages, progress)
    return engine
