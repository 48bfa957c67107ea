"""Everything that sessions are made of: base images, the session image and the shared image store.

Each part carries the hash of what it was made from and is made again only when that changed, so a second
run takes seconds.
"""

from __future__ import annotations

import docker

from hub_config.settings import Settings
from spawner.labels import RECIPE

from .base_images import BaseImages, load_base_images
from .build_context import session_image_context
from .image_build import build_image, find_image, image_labels
from .image_store import ensure_image_store
from .packages import Packages
from .progress import Progress


def ensure_images(
    engine: docker.APIClient, settings: Settings, packages: Packages, progress: Progress
) -> None:
    """Make what is missing or out of date. Raises `OperatorError`."""
    base_images = BaseImages(engine, settings.extra_ca, packages, progress)
    _ensure_session_image(engine, settings, base_images.ensure_debian(), progress)
    images = {image.tag: base_images.ensure(image) for image in load_base_images()}
    ensure_image_store(engine, settings, images, progress)


def _ensure_session_image(
    engine: docker.APIClient, settings: Settings, base_id: str, progress: Progress
) -> None:
    context = session_image_context(settings.extra_ca)
    recipe = context.recipe(base_id)
    tag = settings.session_image
    present = find_image(engine, tag)
    if present is not None and image_labels(present).get(RECIPE) == recipe:
        progress.say(f"{tag}: up to date")
        return
    with progress.step(f"Building {tag}"):
        build_image(engine, context, tag=tag, labels={RECIPE: recipe}, progress=progress)
