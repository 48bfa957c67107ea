"""The images that the session image and labs build on: pulled, or built from Debian packages as substitutes.

`plan_base_image` decides from what the engine has; `BaseImages` carries it out. An image that somebody else
put there under the tag is used as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import docker
import yaml

from spawner.docker_engine import engine_errors
from spawner.labels import RECIPE

from . import debian_base
from .build_context import added_ca_context, find_folder, substitute_context
from .errors import ImagesMissing
from .image_build import SUBSTITUTE, build_image, find_image, image_labels
from .packages import Packages
from .progress import Progress
from .registry import Registry

ORIGIN = "containrlab.origin"
"""Label of an image with our CA layer: the id of the pulled image below it."""


@dataclass(frozen=True)
class BaseImage:
    """One row of base_images.yaml: a tag, and the folder of the Dockerfile that stands in for it."""

    tag: str
    substitute: Path


class Action(Enum):
    """What a base image needs."""

    KEEP = auto()
    FETCH = auto()
    BUILD_SUBSTITUTE = auto()
    ADD_CA = auto()
    RESTORE_ORIGIN = auto()


def load_base_images(folder: Path | None = None) -> list[BaseImage]:
    """The images that labs build on."""
    folder = folder or find_folder("dind_image") / "base_images"
    rows = yaml.safe_load((folder / "base_images.yaml").read_text(encoding="utf-8"))
    return [BaseImage(tag=row["tag"], substitute=folder / row["substitute"]) for row in rows]


def plan_base_image(
    present: Mapping[str, Any] | None, *, substitute_recipe: str, ca_recipe: str | None
) -> Action:
    """What is to be done, given the engine's facts of the tag.

    `substitute_recipe` is what a substitute would be built from now, `ca_recipe` what a CA layer on the
    pulled image would be, or None without an extra CA.
    """
    if present is None:
        return Action.FETCH
    labels = image_labels(present)
    if labels.get(SUBSTITUTE) == "true":
        return Action.KEEP if labels.get(RECIPE) == substitute_recipe else Action.BUILD_SUBSTITUTE
    if ca_recipe is None:
        return Action.RESTORE_ORIGIN if ORIGIN in labels else Action.KEEP
    return Action.KEEP if labels.get(RECIPE) == ca_recipe else Action.ADD_CA


class BaseImages:
    """Makes base images in one engine, as its settings and the registry allow."""

    def __init__(
        self, engine: docker.APIClient, extra_ca: Path | None, packages: Packages, progress: Progress
    ) -> None:
        self._engine = engine
        self._extra_ca = extra_ca
        self._packages = packages
        self._progress = progress
        self._registry = Registry(engine, progress)

    def ensure_debian(self) -> str:
        """The id of Debian's slim image, which all that we build stands on."""
        tag = debian_base.TAG
        action = self._plan_debian()
        if action is Action.FETCH:
            with self._progress.step(f"Asking the registry for {tag}"):
                is_pulled = self._registry.pull(tag)
            action = Action.KEEP if is_pulled else Action.BUILD_SUBSTITUTE
        if action is Action.BUILD_SUBSTITUTE:
            with self._progress.step(f"Making {tag} from Debian's archive"):
                debian_base.make_debian_base(self._engine, self._packages, self._progress)
        return self._image_id(tag)

    def ensure(self, image: BaseImage) -> str:
        """The id of a lab's base image, fetched or built where need be."""
        action = self._plan(image)
        while action is not Action.KEEP:
            self._carry_out(action, image)
            action = self._plan(image)
        return self._image_id(image.tag)

    def find_debian(self) -> str | None:
        """The id of Debian's slim image as it is; None where it is missing or out of date."""
        return self._image_id(debian_base.TAG) if self._plan_debian() is Action.KEEP else None

    def is_current(self, image: BaseImage) -> bool:
        """True where `ensure` would leave the image as it is."""
        return self._plan(image) is Action.KEEP

    def _plan_debian(self) -> Action:
        present = find_image(self._engine, debian_base.TAG)
        return plan_base_image(present, substitute_recipe=debian_base.base_recipe(), ca_recipe=None)

    def _plan(self, image: BaseImage) -> Action:
        present = find_image(self._engine, image.tag)
        return plan_base_image(
            present,
            substitute_recipe=self._substitute_recipe(image),
            ca_recipe=self._ca_recipe(present),
        )

    def _carry_out(self, action: Action, image: BaseImage) -> None:
        if action is Action.FETCH:
            with self._progress.step(f"Asking the registry for {image.tag}"):
                is_pulled = self._registry.pull(image.tag)
            if not is_pulled:
                self._build_substitute(image)
        elif action is Action.BUILD_SUBSTITUTE:
            self._build_substitute(image)
        elif action is Action.ADD_CA:
            self._add_ca(image.tag)
        elif action is Action.RESTORE_ORIGIN:
            repository, _, name = image.tag.rpartition(":")
            with engine_errors():
                self._engine.tag(self._origin(image.tag), repository, name)

    def _build_substitute(self, image: BaseImage) -> None:
        recipe = self._substitute_recipe(image, make_base=True)
        with self._progress.step(f"Building {image.tag} from Debian packages"):
            build_image(
                self._engine,
                substitute_context(image.substitute, self._extra_ca),
                tag=image.tag,
                labels={SUBSTITUTE: "true", RECIPE: recipe},
                progress=self._progress,
            )

    def _add_ca(self, tag: str) -> None:
        assert self._extra_ca is not None  # noqa: S101 - planned only with one
        origin = self._origin(tag)
        context = added_ca_context(origin, self._extra_ca)
        with self._progress.step(f"Adding the extra CA to {tag}"):
            build_image(
                self._engine,
                context,
                tag=tag,
                labels={ORIGIN: origin, RECIPE: context.recipe()},
                progress=self._progress,
            )

    def _substitute_recipe(self, image: BaseImage, *, make_base: bool = False) -> str:
        base = find_image(self._engine, debian_base.TAG)
        base_id = self.ensure_debian() if make_base else str(base["Id"]) if base else ""
        return substitute_context(image.substitute, self._extra_ca).recipe(base_id)

    def _ca_recipe(self, present: Mapping[str, Any] | None) -> str | None:
        if self._extra_ca is None or present is None:
            return None
        return added_ca_context(_origin_of(present), self._extra_ca).recipe()

    def _origin(self, tag: str) -> str:
        present = find_image(self._engine, tag)
        return _origin_of(present) if present else tag

    def _image_id(self, tag: str) -> str:
        facts = find_image(self._engine, tag)
        if facts is None:
            raise ImagesMissing(
                f"The image {tag} is missing", "it was removed meanwhile", "containrlab images build"
            )
        return str(facts["Id"])


def _origin_of(present: Mapping[str, Any]) -> str:
    return image_labels(present).get(ORIGIN, str(present["Id"]))
