"""Which base images are kept, pulled, built or given a CA: the plan by a table, and real builds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import requests.exceptions
from docker.errors import APIError

from operator_cli import debian_base
from operator_cli.base_images import ORIGIN, Action, BaseImage, BaseImages, load_base_images, plan_base_image
from operator_cli.build_context import BuildContext, ContextFile, find_folder
from operator_cli.image_build import SUBSTITUTE, build_image, find_image, image_labels
from operator_cli.packages import Packages
from operator_cli.progress import Progress
from operator_cli.registry import Registry
from spawner.labels import RECIPE

TAG = "containrlab-test-operator/base:latest"


def image(**labels: str) -> dict[str, Any]:
    """An image as the engine describes it."""
    return {"Id": "sha256:1", "Config": {"Labels": labels or None}}


@pytest.mark.parametrize(
    ("present", "ca_recipe", "action"),
    [
        pytest.param(None, None, Action.FETCH, id="missing"),
        pytest.param(None, "ca", Action.FETCH, id="missing, with a CA to add later"),
        pytest.param(image(), None, Action.KEEP, id="pulled"),
        pytest.param(image(), "ca", Action.ADD_CA, id="pulled, without our CA"),
        pytest.param(image(**{ORIGIN: "x", RECIPE: "ca"}), "ca", Action.KEEP, id="our CA is in"),
        pytest.param(image(**{ORIGIN: "x", RECIPE: "old"}), "ca", Action.ADD_CA, id="another CA is in"),
        pytest.param(
            image(**{ORIGIN: "x", RECIPE: "ca"}), None, Action.RESTORE_ORIGIN, id="a CA is no longer wanted"
        ),
        pytest.param(image(**{SUBSTITUTE: "true", RECIPE: "now"}), "ca", Action.KEEP, id="substitute"),
        pytest.param(
            image(**{SUBSTITUTE: "true", RECIPE: "old"}), None, Action.BUILD_SUBSTITUTE, id="old substitute"
        ),
    ],
)
def test_plan(present: dict[str, Any] | None, ca_recipe: str | None, action: Action):
    assert plan_base_image(present, substitute_recipe="now", ca_recipe=ca_recipe) is action


def test_every_substitute_has_a_dockerfile():
    images = load_base_images()
    assert images
    assert [row.tag for row in images if not (row.substitute / "Dockerfile").is_file()] == []


def test_base_images_are_read_from_the_image_folder():
    assert (find_folder("dind_image") / "base_images" / "base_images.yaml").is_file()


class NoRegistry:
    """An engine whose registry cannot be reached; counts how often it was asked."""

    timeout = 60

    def __init__(self, refusal: Exception) -> None:
        self.asked = 0
        self._refusal = refusal

    def inspect_distribution(self, tag: str) -> None:
        self.asked += 1
        raise self._refusal


@pytest.mark.parametrize(
    "refusal",
    [
        requests.exceptions.ReadTimeout("read timed out"),
        APIError("500", explanation='Get "https://registry-1.docker.io/v2/": dial tcp: no such host'),
    ],
)
def test_a_silent_registry_is_asked_once(refusal: Exception, progress: Progress):
    engine = NoRegistry(refusal)
    registry = Registry(engine, progress)
    assert not registry.pull("a:1")
    assert not registry.pull("b:1")
    assert engine.asked == 1
    assert engine.timeout == 60


def test_a_registry_without_one_image_is_asked_for_the_next(progress: Progress):
    class NotFoundAnswer:
        status_code = 404

    engine = NoRegistry(APIError("404", response=NotFoundAnswer(), explanation="manifest unknown"))
    registry = Registry(engine, progress)
    registry.pull("a:1")
    registry.pull("b:1")
    assert engine.asked == 2


class EngineWithDebian:
    """An engine that has Debian's slim image, as made by some recipe."""

    def __init__(self, **labels: str) -> None:
        self.labels = labels

    def inspect_image(self, tag: str) -> dict[str, Any]:
        return image(**self.labels)


@pytest.mark.parametrize(
    ("labels", "is_made"),
    [
        pytest.param({}, False, id="pulled"),
        pytest.param({SUBSTITUTE: "true", RECIPE: debian_base.base_recipe()}, False, id="up to date"),
        pytest.param({SUBSTITUTE: "true", RECIPE: "old"}, True, id="made by another recipe"),
        pytest.param({SUBSTITUTE: "true"}, True, id="made before there were recipes"),
    ],
)
def test_debians_image_is_made_again_when_its_recipe_changed(
    monkeypatch: pytest.MonkeyPatch,
    packages: Packages,
    progress: Progress,
    labels: dict[str, str],
    is_made: bool,
):
    made = []
    monkeypatch.setattr(debian_base, "make_debian_base", lambda *_: made.append(debian_base.TAG))
    BaseImages(EngineWithDebian(**labels), None, packages, progress).ensure_debian()
    assert (made == [debian_base.TAG]) == is_made


@pytest.fixture
def base_image(engine: docker.APIClient, tmp_path: Path) -> Iterator[BaseImage]:
    """A row of base_images.yaml whose substitute is built in a second."""
    folder = tmp_path / "substitute"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM debian:trixie-slim\nCOPY extra-ca.crt /extra-ca.crt\n")
    yield BaseImage(TAG, folder)
    for _ in range(2):
        if facts := find_image(engine, TAG):
            engine.remove_image(TAG, force=True)
            if origin := image_labels(facts).get(ORIGIN):
                engine.remove_image(origin, force=True)


@pytest.fixture
def extra_ca(tmp_path: Path) -> Path:
    """A CA bundle."""
    file = tmp_path / "ca.pem"
    file.write_text("-----BEGIN CERTIFICATE-----\n")
    return file


@pytest.mark.engine
def test_substitute_is_built_once_and_again_when_it_changes(
    engine: docker.APIClient, base_image: BaseImage, packages: Packages, progress: Progress
):
    images = BaseImages(engine, None, packages, progress)
    first = images.ensure(base_image)
    assert image_labels(find_image(engine, TAG))[SUBSTITUTE] == "true"
    assert images.ensure(base_image) == first

    with (base_image.substitute / "Dockerfile").open("a") as dockerfile:
        dockerfile.write("ENV CHANGED=1\n")
    assert images.ensure(base_image) != first
    assert find_image(engine, first) is None  # its disk is given back


@pytest.mark.engine
def test_extra_ca_is_added_to_a_pulled_image_and_taken_away_again(
    engine: docker.APIClient, base_image: BaseImage, extra_ca: Path, packages: Packages, progress: Progress
):
    dockerfile = b"FROM debian:trixie-slim\nLABEL containrlab.substitute=\n"
    context = BuildContext({"Dockerfile": ContextFile(dockerfile)})
    build_image(engine, context, tag=TAG, labels={}, progress=progress)
    pulled = find_image(engine, TAG)["Id"]

    with_ca = BaseImages(engine, extra_ca, packages, progress)
    thin = with_ca.ensure(base_image)
    assert thin != pulled
    assert with_ca.ensure(base_image) == thin
    environment = find_image(engine, TAG)["Config"]["Env"]
    assert "PIP_CERT=/etc/ssl/certs/ca-certificates.crt" in environment

    extra_ca.write_text("another CA\n")
    other = with_ca.ensure(base_image)
    assert image_labels(find_image(engine, other))[ORIGIN] == pulled  # not a layer on a layer

    assert BaseImages(engine, None, packages, progress).ensure(base_image) == pulled
