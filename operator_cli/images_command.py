"""`containrlab images build`: the one way in which images are made."""

from __future__ import annotations

import click

from hub_config.settings import load_settings

from .engine import ensure_engine
from .images import ensure_images
from .locks import state_lock
from .packages import Packages
from .progress import Progress


@click.group()
def images() -> None:
    """The session image, the lab base images and the shared image store."""


@images.command()
def build() -> None:
    """Build what is missing or out of date, and nothing else.

    The base images of base_images.yaml are pulled where a registry answers, and otherwise built from Debian
    packages. Then the session image is built, and the shared image store is filled that every session starts
    on. Each carries the hash of what it was made from; a second run takes seconds.
    """
    settings = load_settings()
    progress = Progress()
    packages = Packages(progress)
    engine = ensure_engine(settings, packages, progress)
    with state_lock(settings, "images", progress):
        ensure_images(engine, settings, packages, progress)
    click.echo("Images are up to date.")
