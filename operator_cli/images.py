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
from .image_store import ensure_image_store, is_store_current
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


def find_outdated(
    engine: docker.APIClient, settings: Settings, packages: Packages, progress: Progress
) -> list[str]:
    """What `ensure_images` would make, by name; makes nothing."""
    base_images = BaseImages(engine, settings.extra_ca, packages, progress)
    lab_images = load_base_images()
    outdated = [image.tag for image in lab_images if not base_images.is_current(image)]
    base = base_images.find_debian()
    if base is None or not _is_session_image_current(engine, settings, base):
        outdated.append(settings.session_image)
    images = {image.tag: find_image(engine, image.tag) for image in lab_images}
    ids = {tag: str(facts["Id"]) for tag, facts in images.items() if facts is not None}
    if not is_store_current(engine, settings, ids):
        outdated.append("image store")
    return outdated


def _ensure_session_image(
    engine: docker.APIClient, settings: Settings, base_id: str, progress: Progress
) -> None:
    tag = settings.session_image
    if _is_session_image_current(engine, settings, base_id):
        progress.say(f"{tag}: up to date")
        return
    context = session_image_context(settings.extra_ca)
    recipe = context.recipe(base_id)
    with progress.step(f"Building {tag}"):
        build_image(engine, context, tag=tag, labels={RECIPE: recipe}, progress=progress)


def _is_session_image_current(engine: docker.APIClient, settings: Settings, base_id: str) -> bool:
    present = find_image(engine, settings.session_image)
    recipe = session_image_context(settings.extra_ca).recipe(base_id)
    return present is not None and image_labels(present).get(RECIPE) == recipe
