"""The shared image store: what counts as complete, what is reused, and what goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import docker
import pytest
from docker.errors import NotFound

import operator_cli.image_store
import spawner.image_store
import spawner.labels
from hub_config.settings import Settings
from operator_cli.build_context import BuildContext, ContextFile
from operator_cli.errors import ImageStoreFailed
from operator_cli.image_build import build_image, find_image
from operator_cli.image_store import ensure_image_store, store_recipe
from operator_cli.progress import Progress
from spawner.errors import ImageStoreMissing
from spawner.image_store import find_image_store
from spawner.labels import Role, label_filters

TINY = "containrlab-test-operator/tiny"


@pytest.mark.parametrize(
    ("images", "engine"),
    [
        pytest.param({"a:1": "id-2"}, "26", id="another image under the tag"),
        pytest.param({"a:2": "id-1"}, "26", id="another tag"),
        pytest.param({"a:1": "id-1", "b:1": "id-3"}, "26", id="one more image"),
        pytest.param({"a:1": "id-1"}, "27", id="an engine that may lay its files out differently"),
    ],
)
def test_recipe_changes_with(images: dict[str, str], engine: str):
    assert store_recipe(images, engine) != store_recipe({"a:1": "id-1"}, "26")


def test_recipe_does_not_depend_on_the_order():
    assert store_recipe({"a": "1", "b": "2"}, "26") == store_recipe({"b": "2", "a": "1"}, "26")


@pytest.fixture(autouse=True)
def hidden_from_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores are shared by all instances on an engine: a course beside the tests must not take these."""
    for module in (operator_cli.image_store, spawner.image_store, spawner.labels):
        monkeypatch.setattr(module, "ROLE", "containrlab-test.role")


@pytest.fixture
def images(engine: docker.APIClient, progress: Progress) -> Iterator[dict[str, str]]:
    """A tiny lab image, by its tag."""
    context = BuildContext({"Dockerfile": ContextFile(b"FROM scratch\nCOPY Dockerfile /")})
    build_image(engine, context, tag=f"{TINY}:1", labels={}, progress=progress)
    engine.tag(f"{TINY}:1", TINY, "2")
    facts = find_image(engine, f"{TINY}:1")
    assert facts is not None
    yield {f"{TINY}:1": facts["Id"]}
    engine.remove_image(f"{TINY}:1")
    engine.remove_image(f"{TINY}:2")


@pytest.fixture
def cleared(
    clean_engine: docker.APIClient, settings: Settings, images: dict[str, str]
) -> Iterator[docker.APIClient]:
    """The engine, from which the stores of the tests go at the end."""
    yield clean_engine
    for instance in (settings.instance, f"{settings.instance}-2"):
        filters = label_filters(instance, Role.IMAGE_STORE)
        for seeder in clean_engine.containers(all=True, filters=filters):
            clean_engine.remove_container(seeder["Id"], v=True, force=True)
        for volume in clean_engine.volumes(filters=filters)["Volumes"] or ():
            clean_engine.remove_volume(volume["Name"])


@pytest.mark.engine
def test_a_store_is_reused_until_its_recipe_changes(
    cleared: docker.APIClient, settings: Settings, images: dict[str, str], progress: Progress
):
    ensure_image_store(cleared, settings, images, progress)
    first = find_image_store(cleared)

    other_instance = replace(settings, instance=f"{settings.instance}-2")
    ensure_image_store(cleared, other_instance, images, progress)
    assert find_image_store(cleared) == first

    both_tags = {**images, f"{TINY}:2": images[f"{TINY}:1"]}
    ensure_image_store(cleared, other_instance, both_tags, progress)
    second = find_image_store(cleared)
    assert second != first
    assert first in _volumes(cleared)  # another instance's is not ours to remove

    ensure_image_store(cleared, settings, images, progress)
    third = find_image_store(cleared)
    assert third not in {first, second}
    assert first not in _volumes(cleared)
    assert second in _volumes(cleared)


@pytest.mark.engine
def test_an_older_store_that_a_session_is_on_stays(
    cleared: docker.APIClient, settings: Settings, images: dict[str, str], progress: Progress
):
    ensure_image_store(cleared, settings, images, progress)
    first = find_image_store(cleared)
    session = cleared.create_container(
        settings.session_image,
        ["true"],
        host_config=cleared.create_host_config(binds=[f"{first}:/images:ro"]),
    )
    try:
        ensure_image_store(cleared, settings, {**images, f"{TINY}:2": images[f"{TINY}:1"]}, progress)
        assert find_image_store(cleared) != first
        assert first in _volumes(cleared)
    finally:
        cleared.remove_container(session["Id"], v=True)


@pytest.mark.engine
def test_a_seeding_that_fails_leaves_nothing(
    clean_engine: docker.APIClient, settings: Settings, progress: Progress
):
    with pytest.raises(ImageStoreFailed, match="no-such-image"):
        ensure_image_store(clean_engine, settings, {"no-such-image:1": "sha256:0"}, progress)
    with pytest.raises(ImageStoreMissing):
        find_image_store(clean_engine)


@pytest.mark.engine
def test_what_a_killed_seeding_left_is_removed_by_the_next(
    clean_engine: docker.APIClient, settings: Settings, progress: Progress
):
    labels = label_filters(settings.instance, Role.IMAGE_STORE)["label"]
    leftover = clean_engine.create_container(
        settings.session_image, ["true"], labels=dict(label.split("=") for label in labels)
    )
    with pytest.raises(ImageStoreFailed):
        ensure_image_store(clean_engine, settings, {"no-such-image:1": "sha256:0"}, progress)
    with pytest.raises(NotFound):
        clean_engine.inspect_container(leftover["Id"])


@pytest.mark.engine
def test_a_session_image_that_does_not_start_is_a_plain_error(
    clean_engine: docker.APIClient, settings: Settings, progress: Progress
):
    plain = replace(settings, session_image="debian:trixie-slim")
    with pytest.raises(ImageStoreFailed):
        ensure_image_store(clean_engine, plain, {"debian:trixie-slim": "sha256:0"}, progress)


def _volumes(engine: docker.APIClient) -> set[str]:
    return {volume["Name"] for volume in engine.volumes()["Volumes"] or ()}
